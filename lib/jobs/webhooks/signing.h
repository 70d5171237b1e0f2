// The keys that sign webhooks, and how receivers learn of them: values and pure functions.
// (Protocol sections 6.5, 7.1)
//
//     Webhook-Signature: t=<seconds>,kid=<key>,ed25519=<base64url of the signature>
//     over "<seconds>.<raw body>"
//
// One key signs. A key that was replaced is still published until nothing that it signed can be
// taken for fresh any more; its private half is forgotten at once. A ring is immutable.
#pragma once

#include "base/clock.h"
#include "storage/subscription_table.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ds::webhooks {

// Receivers look back five minutes at most, a delivery takes one, caches keep the set for five; and
// clocks differ.
inline constexpr std::chrono::minutes k_key_published_for{15};
// Replaced keys that are published at once: who rotates faster has to wait.
inline constexpr std::size_t k_keys_max = 16;

// A key with an id that follows from it (the JWK thumbprint, RFC 7638).
SigningKeyRow make_key(std::string_view seed, Millis now);

// The keys after another one has taken over: a fresh one of this seed signs. Fault::busy when too
// many are still published.
Result<std::vector<SigningKeyRow>> replace_key(std::vector<SigningKeyRow> keys,
                                               std::string_view seed, Millis now);
class KeyRing {
public:
    // One of them signs, and no more than one.
    explicit KeyRing(std::vector<SigningKeyRow> keys);

    std::vector<SigningKeyRow> const& keys() const { return keys_; }
    SigningKeyRow const& active() const { return keys_[active_]; }
    // The value of the header for a body that is sent now.
    std::string sign(std::string_view body, Millis now) const;
    // The JSON document of all keys that count at `now`.
    std::string jwks(Millis now) const;

private:
    std::vector<SigningKeyRow> keys_;
    std::size_t active_ = 0;
};

// Whether a replaced key has been published for long enough.
bool is_over(SigningKeyRow const& key, Millis now);

} // namespace ds::webhooks
