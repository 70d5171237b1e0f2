// Reading, checking and signing tokens.
#include "auth/jwt.h"

#include "base/crypto.h"
#include "base/encoding.h"

#include <nlohmann/json.hpp>

#include <array>

namespace ds {

namespace {

using nlohmann::json;

constexpr std::size_t k_subject_bytes_max = 64;
constexpr std::size_t k_stream_claim_bytes_max = 512;
// Beyond it a JSON number is not exact, and no date is meant.
constexpr std::int64_t k_second_max = std::int64_t{1} << 53;

struct Parts {
    std::string_view header;
    std::string_view claims;
    std::string_view signature;
    std::string_view signed_part; // header and claims, with the dot
};

std::optional<Parts> split(std::string_view token) {
    if (token.size() > k_token_bytes_max) return std::nullopt;
    auto const first = token.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    auto const second = token.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    Parts const parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                      token.substr(second + 1), token.substr(0, second)};
    if (parts.signature.find('.') != std::string_view::npos) return std::nullopt;
    return parts;
}

std::optional<json> object_in(std::string_view part) {
    auto const text = base64url_decode(part);
    if (!text) return std::nullopt;
    auto document = json::parse(*text, nullptr, false);
    if (!document.is_object()) return std::nullopt;
    return document;
}

// No extension that we would have to understand, no other algorithm, no other kind of token.
bool is_ours(json const& header) {
    auto const alg = header.find("alg");
    if (alg == header.end() || *alg != "HS256" || header.contains("crit")) return false;
    auto const type = header.find("typ");
    return type == header.end() ||
           (type->is_string() && equals_ignoring_case(type->get_ref<std::string const&>(), "JWT"));
}

std::optional<std::string> text_in(json const& claims, char const* name, std::size_t most) {
    auto const found = claims.find(name);
    if (found == claims.end() || !found->is_string()) return std::nullopt;
    auto text = found->get<std::string>();
    if (text.empty() || text.size() > most) return std::nullopt;
    return text;
}

// NumericDate: seconds, maybe with a fraction, which is cut.
std::optional<std::int64_t> second_in(json const& claims, char const* name) {
    auto const found = claims.find(name);
    if (found == claims.end() || !found->is_number()) return std::nullopt;
    auto const value = found->get<double>();
    constexpr auto k_most = static_cast<double>(k_second_max);
    if (!(value > -k_most && value < k_most)) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

std::optional<Claims> claims_in(std::string_view part) {
    auto const document = object_in(part);
    if (!document) return std::nullopt;
    auto sub = text_in(*document, "sub", k_subject_bytes_max);
    auto const scope_text = text_in(*document, "scope", k_subject_bytes_max);
    auto const scope = scope_text ? parse_token_scope(*scope_text) : std::nullopt;
    auto const exp = second_in(*document, "exp");
    if (!sub || !scope || !exp) return std::nullopt;
    Claims claims;
    claims.sub = *std::move(sub);
    claims.scope = *scope;
    claims.exp = *exp;
    // What is there must be right: to overlook a broken restriction would widen the token.
    if (document->contains("stream_id")) {
        claims.stream_id = text_in(*document, "stream_id", k_stream_claim_bytes_max);
        if (!claims.stream_id) return std::nullopt;
    }
    for (auto const& [name, to] : {std::pair{"nbf", &claims.nbf}, std::pair{"iat", &claims.iat}}) {
        if (!document->contains(name)) continue;
        *to = second_in(*document, name);
        if (!*to) return std::nullopt;
    }
    return claims;
}

bool is_signed_by_one(Parts const& parts, std::vector<std::string> const& secrets) {
    auto const signature = base64url_decode(parts.signature);
    if (!signature) return false;
    bool found = false;
    for (auto const& secret : secrets)
        found = same_secret(hmac_sha256(secret, parts.signed_part), *signature) || found;
    return found;
}

std::optional<TokenFault> fault_in_time(Claims const& claims, Millis now) {
    auto const second = count_ms(now) / 1'000;
    if (second >= claims.exp + k_leeway_seconds) return TokenFault::expired;
    if (claims.nbf && second + k_leeway_seconds < *claims.nbf) return TokenFault::not_yet;
    if (claims.iat && second + k_leeway_seconds < *claims.iat) return TokenFault::not_yet;
    return std::nullopt;
}

} // namespace

std::string_view text_of(TokenScope scope) {
    switch (scope) {
    case TokenScope::read: return "read";
    case TokenScope::write: return "write";
    case TokenScope::manage: return "manage";
    }
    return "";
}

std::optional<TokenScope> parse_token_scope(std::string_view text) {
    for (auto const scope : {TokenScope::read, TokenScope::write, TokenScope::manage})
        if (text == text_of(scope)) return scope;
    return std::nullopt;
}

TokenVerdict verify_token(std::string_view token, std::vector<std::string> const& secrets,
                          Millis now) {
    auto const parts = split(token);
    auto const header = parts ? object_in(parts->header) : std::nullopt;
    if (!header || !is_ours(*header)) return {TokenFault::malformed, std::nullopt};
    if (!is_signed_by_one(*parts, secrets)) return {TokenFault::wrong_key, std::nullopt};
    auto claims = claims_in(parts->claims);
    if (!claims) return {TokenFault::malformed, std::nullopt};
    auto const fault = fault_in_time(*claims, now);
    return {fault, std::move(claims)};
}

std::optional<Claims> read_token(std::string_view token) {
    auto const parts = split(token);
    return parts ? claims_in(parts->claims) : std::nullopt;
}

std::string sign_token(Claims const& claims, std::string_view secret) {
    nlohmann::ordered_json document;
    document["sub"] = claims.sub;
    document["scope"] = text_of(claims.scope);
    if (claims.stream_id) document["stream_id"] = *claims.stream_id;
    if (claims.iat) document["iat"] = *claims.iat;
    if (claims.nbf) document["nbf"] = *claims.nbf;
    document["exp"] = claims.exp;
    auto token = base64url_encode(R"({"alg":"HS256","typ":"JWT"})") + "." +
                 base64url_encode(document.dump());
    auto const signature = hmac_sha256(secret, token);
    return token.append(".").append(base64url_encode(signature));
}

} // namespace ds
