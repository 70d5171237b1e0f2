// Result<T>: a value, or the Error that stands in its place.
//
// It reads as std::expected does: `if (r)`, `*r`, `r.error()`. Use it for what the world did to us
// (disk, network, malformed input); answers the protocol foresees are types in model/answer.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ds {

// Why an operation could not be carried out. Absent and failed never share a value: a thing that is
// simply not there is an empty optional, not a Fault.
enum class Fault : std::uint8_t {
    invalid,     // the input breaks a rule; asking again changes nothing
    busy,        // a bound was reached; asking again later may work
    full,        // no space is left on the disk
    io,          // the disk or the network failed
    corrupt,     // bytes that were read do not hold what was written
    missing,     // what must be there is gone
    truncated,   // it ends before it should
    unreachable, // nobody answered
};

// What is stored is not what it was: asking again changes nothing, another copy may.
inline bool is_damage(Fault fault) {
    return fault == Fault::corrupt || fault == Fault::truncated || fault == Fault::missing;
}

struct [[nodiscard]] Error {
    Fault fault;
    std::string what;

    // Says what we were doing, outermost first: "open ./ds-data: lock: held by another server".
    Error within(std::string_view doing) && {
        what.insert(0, ": ").insert(0, doing);
        return std::move(*this);
    }
};

template <typename T>
class [[nodiscard]] Result {
public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    // std::get throws on misuse: reading the wrong side is a bug, never a flow.
    T& operator*() & { return std::get<0>(state_); }
    T const& operator*() const& { return std::get<0>(state_); }
    T&& operator*() && { return std::get<0>(std::move(state_)); }
    T* operator->() { return &std::get<0>(state_); }
    T const* operator->() const { return &std::get<0>(state_); }
    Error const& error() const& { return std::get<1>(state_); }
    Error&& error() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> : public Result<std::monostate> {
public:
    Result() : Result<std::monostate>(std::monostate{}) {}
    Result(Error error) : Result<std::monostate>(std::move(error)) {}
};

} // namespace ds

// Unwraps a Result, or leaves the function with its error. Use it only as a whole statement or a
// whole initialiser, never inside a larger expression: it returns from the middle.
#define TRY(...)                                                                                   \
    __extension__({                                                                                \
        auto&& tried_ = (__VA_ARGS__);                                                             \
        if (!tried_) return std::move(tried_).error();                                             \
        *std::move(tried_);                                                                        \
    })
