// When a stream ends, and how the two headers say it.
#include "model/lifetime.h"

#include "base/encoding.h"

#include <string>

namespace ds {

std::optional<Millis> expires(Lifetime const& lifetime, Millis touched) {
    if (auto const* ttl = std::get_if<Ttl>(&lifetime)) return touched + ttl->window;
    if (auto const* at = std::get_if<ExpiresAt>(&lifetime)) return at->instant;
    return std::nullopt;
}

Lifetime inherited(Lifetime const& asked, Lifetime const& source) {
    return std::holds_alternative<Forever>(asked) ? source : asked;
}

Result<Ttl> parse_ttl(std::string_view text) {
    auto const seconds = parse_decimal(text, static_cast<std::uint64_t>(k_ttl_max.count()));
    if (!seconds) {
        return Error{Fault::invalid, "Stream-TTL is a whole number of seconds from 0 to " +
                                         std::to_string(k_ttl_max.count()) +
                                         ", without sign or leading zero"};
    }
    return Ttl{std::chrono::seconds{*seconds}};
}

Result<ExpiresAt> parse_expires_at(std::string_view text) {
    auto const instant = parse_rfc3339(text);
    if (!instant) {
        return Error{Fault::invalid,
                     "Stream-Expires-At is an RFC 3339 instant such as 2030-01-02T03:04:05Z"};
    }
    return ExpiresAt{*instant};
}

} // namespace ds
