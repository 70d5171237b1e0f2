// TTL and expiry: how long a stream lives. (Protocol sections 4.2 and 5.1)
//
// A TTL is a sliding window, renewed by every read and write but not by HEAD. Expires-At is an
// instant that nothing moves. A stream with live readers attached does not run out of TTL.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace ds {

struct Forever {
    friend bool operator==(Forever, Forever) = default;
};
struct Ttl {
    std::chrono::seconds window;
    friend bool operator==(Ttl, Ttl) = default;
};
struct ExpiresAt {
    Millis instant;
    friend bool operator==(ExpiresAt, ExpiresAt) = default;
};
using Lifetime = std::variant<Forever, Ttl, ExpiresAt>;

// The instant at which a stream last touched at `touched` ends; empty for Forever.
std::optional<Millis> expires(Lifetime const& lifetime, Millis touched);

// What a fork lives by: its own lifetime if it asked for one, else that of its source.
Lifetime inherited(Lifetime const& asked, Lifetime const& source);

// Stream-TTL: a decimal number of seconds without sign or leading zero, at most k_ttl_max.
inline constexpr std::chrono::seconds k_ttl_max{std::int64_t{100} * 365 * 24 * 3600};
Result<Ttl> parse_ttl(std::string_view text);
// Stream-Expires-At: strict RFC 3339 (base/encoding.h). An instant in the past is legal: the stream
// is created and has ended.
Result<ExpiresAt> parse_expires_at(std::string_view text);

} // namespace ds
