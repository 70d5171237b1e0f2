// The outside world as one function: a request in, a reply out. The seam that tests replace.
//
// A reply with any status is a reply; an Error means that there was none: Fault::unreachable when
// nobody answered (no route, refused, no answer in time), Fault::io when a conversation broke off,
// Fault::invalid when asking again cannot help (a malformed URL, a certificate that is not
// trusted). Implementations may be used from several threads at once.
#pragma once

#include "base/result.h"
#include "net/reach.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds {

// Header lines in the order they came. Names match without regard to case.
class HeaderMap {
public:
    HeaderMap() = default;
    HeaderMap(std::initializer_list<std::pair<std::string, std::string>> lines) : lines_(lines) {}

    void add(std::string_view name, std::string_view value) { lines_.emplace_back(name, value); }
    // The first value of that name.
    std::optional<std::string_view> get(std::string_view name) const;
    // True when the header is there and says "true", in any case.
    bool says_true(std::string_view name) const;
    bool empty() const { return lines_.empty(); }
    void clear() { lines_.clear(); }
    auto begin() const { return lines_.begin(); }
    auto end() const { return lines_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> lines_;
};

// Zero means no limit.
struct FetchLimits {
    std::chrono::milliseconds connect{5'000};
    std::chrono::milliseconds overall{60'000};
    // Longest time without a byte in either direction.
    std::chrono::milliseconds stall{30'000};
};

// Never: a redirect is a reply like any other, as it must be for a request that is signed.
enum class Redirects : std::uint8_t { of_reads, never };

struct FetchRequest {
    std::string method = "GET";
    std::string url;
    HeaderMap headers;
    std::string_view body; // must live until the reply is there
    FetchLimits limits;
    Redirects redirects = Redirects::of_reads;
    // Held against each address that the host turns out to have. Beyond it: Fault::invalid.
    Reach reach = Reach::anywhere;
    // Of the socket to ask, instead of the URL's host. Empty: none.
    std::string unix_path{};
};

struct FetchReply {
    int status = 0;
    HeaderMap headers;
    std::string body;
};

// Takes a body while it arrives. Saying Flow::stop ends the transfer, and is no error.
enum class Flow { more, stop };
class BodyTaker {
public:
    virtual ~BodyTaker() = default;
    // Once, before the first byte.
    virtual Flow on_head(FetchReply const& head) = 0;
    virtual Flow on_bytes(std::string_view bytes) = 0;
    // About once a second, bytes or not.
    virtual Flow on_idle() { return Flow::more; }
};

class Fetch {
public:
    virtual ~Fetch() = default;
    virtual Result<FetchReply> fetch(FetchRequest const& request) = 0;
    // As fetch, but the body goes to `taker` and stays empty in the reply.
    virtual Result<FetchReply> fetch_into(FetchRequest const& request, BodyTaker& taker) = 0;
};

} // namespace ds
