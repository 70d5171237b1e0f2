// Cache-Control, ETag and If-None-Match. (Protocol section 10; reference table of cache lifetimes)
#pragma once

#include "base/clock.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

// How long caches may keep answers that are shared. With an age of 0 they have to ask each time
// whether what they have still holds.
struct CacheAges {
    std::chrono::seconds catch_up{60};
    std::chrono::seconds stale{300}; // and while they ask anew, so much longer
    std::chrono::seconds long_poll{20};
};

// Catch-up reads: "public, max-age=60, stale-while-revalidate=300"; with an expiry
// "public, max-age=<min(60, whole seconds left)>", and "no-store" when less than a second is left.
std::string catch_up_cache_control(CacheAges const& ages, std::optional<Millis> ends, Millis now);
// Long-poll answers with data, or at the tail of a closed stream: "public, max-age=20", bounded by
// the expiry in the same way.
std::string long_poll_cache_control(CacheAges const& ages, std::optional<Millis> ends, Millis now);

// Who may keep an answer.
enum class Sharing : std::uint8_t {
    shared, // everybody who may have it from us, and caches on the way
    own,    // the asker alone: it took a token, and the URL can be guessed
    never,  // nobody: the stream is set so, or the token is in the URL
};
// What Cache-Control becomes for those.
std::string restricted(std::string cache_control, Sharing sharing);

// The Cache-Control of a server's answers. That of streams without an end, which is most, is
// written once.
class CacheControls {
public:
    explicit CacheControls(CacheAges const& ages);
    // `made` holds the text if it depends on the moment; it must live as long as the view.
    std::string_view catch_up(Sharing sharing, std::optional<Millis> ends, Millis now,
                              std::string& made) const;
    std::string_view long_poll(Sharing sharing, std::optional<Millis> ends, Millis now,
                               std::string& made) const;

private:
    CacheAges ages_;
    std::array<std::string, 3> catch_up_; // by Sharing
    std::array<std::string, 3> long_poll_;
};

// What makes an answer's bytes: the stream's identity (never reused, even by a stream of the same
// name), the range, and whether the answer says that the stream is closed.
struct EtagParts {
    std::string_view directory; // identity of the data directory
    std::uint64_t stream;       // identity of the stream in it
    std::uint64_t start;        // absolute positions
    std::uint64_t end;
    std::uint64_t limit; // 0 when the request set none
    bool closed;
};
// Quoted, strong: "\"d-s:start:end\"", with ":l<limit>" and ":c" when they apply.
std::string make_etag(EtagParts const& parts);

// Whether a request's Cache-Control says that what a cache has will not do: no-cache or no-store.
bool wants_fresh(std::string_view cache_control);

// If-None-Match against a strong tag: "*", lists, and W/ prefixes (weak comparison) are understood.
bool etag_matches(std::string_view if_none_match, std::string_view etag);

} // namespace ds
