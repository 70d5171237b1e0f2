// Immutable bytes that many owners share, cheap slices of them, and units to count them in.
//
// A Bytes may cross threads freely. Slicing and copying never copy the content.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ds {

inline constexpr std::size_t k_kib = 1024;
inline constexpr std::size_t k_mib = 1024 * k_kib;

class Bytes {
public:
    Bytes() = default;
    explicit Bytes(std::string content)
        : owner_(std::make_shared<std::string const>(std::move(content))),
          view_(*owner_) {}

    std::string_view view() const { return view_; }
    char const* data() const { return view_.data(); }
    std::size_t size() const { return view_.size(); }
    bool empty() const { return view_.empty(); }

    // The part [from, from + count), clipped to what is there.
    Bytes slice(std::size_t from, std::size_t count = std::string_view::npos) const {
        Bytes part;
        part.owner_ = owner_;
        part.view_ = from >= view_.size() ? std::string_view{} : view_.substr(from, count);
        return part;
    }

    friend bool operator==(Bytes const& a, Bytes const& b) { return a.view_ == b.view_; }

private:
    std::shared_ptr<std::string const> owner_;
    std::string_view view_;
};

} // namespace ds
