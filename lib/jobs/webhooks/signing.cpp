// Signatures, and the set of keys.
#include "jobs/webhooks/signing.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/ensure.h"

#include <algorithm>
#include <utility>

namespace ds::webhooks {

namespace {

bool signs(SigningKeyRow const& key) {
    return key.retired_ms == 0;
}

} // namespace

SigningKeyRow make_key(std::string_view seed, Millis now) {
    SigningKeyRow key{{}, std::string(seed), ed25519_public_key(seed), count_ms(now), 0};
    auto const jwk =
        R"({"crv":"Ed25519","kty":"OKP","x":")" + base64url_encode(key.public_key) + R"("})";
    key.kid = "ds_" + base64url_encode(sha256(jwk));
    return key;
}

Result<std::vector<SigningKeyRow>> replace_key(std::vector<SigningKeyRow> keys,
                                               std::string_view seed, Millis now) {
    std::erase_if(keys, [&](auto const& key) { return is_over(key, now); });
    if (keys.size() >= k_keys_max)
        return Error{Fault::busy, "too many keys were replaced in the last minutes"};
    for (auto& key : keys) {
        if (signs(key)) key.retired_ms = count_ms(now);
        key.seed.clear();
    }
    keys.push_back(make_key(seed, now));
    return keys;
}

KeyRing::KeyRing(std::vector<SigningKeyRow> keys) : keys_(std::move(keys)) {
    auto const found = std::ranges::find_if(keys_, signs);
    ENSURE(found != keys_.end());
    active_ = static_cast<std::size_t>(found - keys_.begin());
}

std::string KeyRing::sign(std::string_view body, Millis now) const {
    auto const seconds = std::to_string(count_ms(now) / 1000);
    auto const signature = ed25519_sign(active().seed, seconds + "." + std::string(body));
    return "t=" + seconds + ",kid=" + active().kid + ",ed25519=" + base64url_encode(signature);
}

std::string KeyRing::jwks(Millis now) const {
    std::string all;
    for (auto const& key : keys_) {
        if (is_over(key, now)) continue;
        if (!all.empty()) all += ",";
        all += R"({"kty":"OKP","crv":"Ed25519","kid":")" + key.kid +
               R"(","use":"sig","alg":"EdDSA","x":")" + base64url_encode(key.public_key) + R"("})";
    }
    return R"({"keys":[)" + all + "]}";
}

bool is_over(SigningKeyRow const& key, Millis now) {
    return !signs(key) && from_count_ms(key.retired_ms) + k_key_published_for <= now;
}

} // namespace ds::webhooks
