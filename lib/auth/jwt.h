// Tokens: JSON Web Tokens, signed with HS256 and nothing else. (RFC 7519, RFC 7515)
//
//     base64url({"alg":"HS256","typ":"JWT"}) . base64url(claims) . base64url(HMAC-SHA256)
//
// The algorithm is ours to say, not the token's: a token that names another one is malformed.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

enum class TokenScope : std::uint8_t { read, write, manage };
std::string_view text_of(TokenScope scope);
std::optional<TokenScope> parse_token_scope(std::string_view text);

struct Claims {
    std::string sub; // the project
    TokenScope scope = TokenScope::read;
    std::int64_t exp = 0;                 // seconds since 1970; from then on it is worth nothing
    std::optional<std::string> stream_id; // the one stream it is for; none: all of the project
    std::optional<std::int64_t> nbf;
    std::optional<std::int64_t> iat;

    friend bool operator==(Claims const&, Claims const&) = default;
};

// Clocks differ: exp, nbf and iat are taken so much more kindly.
inline constexpr std::int64_t k_leeway_seconds = 5;
inline constexpr std::size_t k_token_bytes_max = 4096;

enum class TokenFault : std::uint8_t { malformed, wrong_key, expired, not_yet };

struct TokenVerdict {
    std::optional<TokenFault> fault; // none: it holds
    std::optional<Claims> claims;    // as far as they could be read, to explain
};

// Whether one of `secrets` has signed the token and it is valid at `now`. Looks at the claims only
// after the signature. The time it takes does not depend on where a signature differs.
TokenVerdict verify_token(std::string_view token, std::vector<std::string> const& secrets,
                          Millis now);
// What a token says, whoever signed it: to explain it, never to trust it.
std::optional<Claims> read_token(std::string_view token);
// The secret's bytes are the key, whatever they are.
std::string sign_token(Claims const& claims, std::string_view secret);

} // namespace ds
