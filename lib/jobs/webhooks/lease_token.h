// The token of a wake: who shows it was woken, or has claimed. (Protocol sections 7.3, 12.9)
//
//     token := generation "." wake id "." base64url(HMAC-SHA-256(secret, whose, generation, wake
//     id))
//
// Nothing of it is kept: what is current is kept with the subscription, and a token is held against
// that. So a spent token is still recognised, and told from an invented one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds::webhooks {

struct WakeName {
    std::uint64_t generation = 0;
    std::string wake_id;

    friend bool operator==(WakeName const&, WakeName const&) = default;
};

// `whose` names the subscription: a token of one is worthless for another.
std::string sign_token(std::string_view secret, std::string_view whose, WakeName const& wake);
// Empty for what was not signed by us for that subscription.
std::optional<WakeName> read_token(std::string_view secret, std::string_view whose,
                                   std::string_view token);

} // namespace ds::webhooks
