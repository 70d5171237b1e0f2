// Signing and reading tokens.
#include "jobs/webhooks/lease_token.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/varint.h"

namespace ds::webhooks {

namespace {

std::string signature(std::string_view secret, std::string_view whose, WakeName const& wake) {
    std::string message; // each part with its length: no two wakes share one
    put_text(message, whose);
    put_number(message, wake.generation);
    put_text(message, wake.wake_id);
    return base64url_encode(hmac_sha256(secret, message));
}

} // namespace

std::string sign_token(std::string_view secret, std::string_view whose, WakeName const& wake) {
    return std::to_string(wake.generation) + "." + wake.wake_id + "." +
           signature(secret, whose, wake);
}

std::optional<WakeName> read_token(std::string_view secret, std::string_view whose,
                                   std::string_view token) {
    auto const first = token.find('.');
    auto const last = token.rfind('.');
    if (first == std::string_view::npos || first == last) return std::nullopt;
    auto const generation = parse_decimal(token.substr(0, first));
    if (!generation) return std::nullopt;
    WakeName wake{*generation, std::string(token.substr(first + 1, last - first - 1))};
    if (!same_secret(token.substr(last + 1), signature(secret, whose, wake))) return std::nullopt;
    return wake;
}

} // namespace ds::webhooks
