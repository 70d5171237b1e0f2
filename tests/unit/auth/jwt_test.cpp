// Tokens: what holds, what does not, and that nobody can talk the check into another algorithm.
#include "auth/jwt.h"
#include "base/crypto.h"
#include "base/encoding.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

constexpr std::int64_t k_second = 1'800'000'000;
Millis const k_now = from_count_ms(k_second * 1'000);
std::string const k_secret = "a secret of thirty-two bytes....";
std::vector<std::string> const k_keys{k_secret};

Claims claims() {
    Claims made;
    made.sub = "shop";
    made.scope = TokenScope::write;
    made.exp = k_second + 60;
    return made;
}

// Signed well, whatever it says.
std::string signed_as(std::string const& header, std::string const& payload) {
    auto const text = base64url_encode(header) + "." + base64url_encode(payload);
    return text + "." + base64url_encode(hmac_sha256(k_secret, text));
}

std::string with_claims(std::string const& payload) {
    return signed_as(R"({"alg":"HS256"})", payload);
}

std::optional<TokenFault> fault_of(std::string const& token) {
    return verify_token(token, k_keys, k_now).fault;
}

} // namespace

TEST_CASE("jwt: what was signed is read back") {
    auto wanted = claims();
    wanted.stream_id = "orders/7";
    wanted.nbf = k_second - 1;
    wanted.iat = k_second - 1;
    auto const verdict = verify_token(sign_token(wanted, k_secret), k_keys, k_now);
    CHECK(!verdict.fault);
    CHECK(verdict.claims == wanted);
}

TEST_CASE("jwt: a token of another implementation holds") {
    // RFC 7515 appendix A.1 has its own key and claims; this one is its signing input and key.
    auto const key = base64url_decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"
                                      "aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    REQUIRE(key);
    std::string const token =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    // Its signature is right, so that only the claims we need are missed.
    CHECK(verify_token(token, {*key}, k_now).fault == TokenFault::malformed);
    CHECK(verify_token(token, k_keys, k_now).fault == TokenFault::wrong_key);
}

TEST_CASE("jwt: every key verifies, no other does") {
    auto const token = sign_token(claims(), "the second secret");
    CHECK(!verify_token(token, {k_secret, "the second secret"}, k_now).fault);
    CHECK(verify_token(token, k_keys, k_now).fault == TokenFault::wrong_key);
    CHECK(verify_token(token, {}, k_now).fault == TokenFault::wrong_key);
}

TEST_CASE("jwt: any changed character is noticed") {
    auto const token = sign_token(claims(), k_secret);
    REQUIRE(!fault_of(token));
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CAPTURE(i);
        // The last character of the signature has bits that mean nothing.
        if (i + 1 < token.size()) CHECK(fault_of(changed).has_value());
    }
}

TEST_CASE("jwt: the algorithm is ours to say") {
    std::string const good = R"({"sub":"shop","scope":"read","exp":1800000060})";
    CHECK(!fault_of(with_claims(good)));
    for (auto const* header :
         {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})",
          R"({"alg":"hs256"})", R"({"alg":["HS256"]})", R"({"typ":"JWT"})", R"({})", R"([])",
          R"("HS256")", R"({"alg":"HS256","crit":["exp"]})", R"({"alg":"HS256","typ":"JWE"})",
          R"({"alg":"none","alg":"RS256"})"}) {
        CAPTURE(header);
        CHECK(fault_of(signed_as(header, good)) == TokenFault::malformed);
    }
    auto const unsigned_token =
        base64url_encode(R"({"alg":"none"})") + "." + base64url_encode(good);
    CHECK(fault_of(unsigned_token + ".") == TokenFault::malformed);
    CHECK(fault_of(unsigned_token) == TokenFault::malformed);
}

TEST_CASE("jwt: claims that are missing or wrong are no claims") {
    for (auto const* payload :
         {R"({"scope":"read","exp":1800000060})",
          R"({"sub":"","scope":"read","exp":1800000060})",
          R"({"sub":7,"scope":"read","exp":1800000060})",
          R"({"sub":"shop","exp":1800000060})",
          R"({"sub":"shop","scope":"admin","exp":1800000060})",
          R"({"sub":"shop","scope":["read"],"exp":1800000060})",
          R"({"sub":"shop","scope":"read"})",
          R"({"sub":"shop","scope":"read","exp":"1800000060"})",
          R"({"sub":"shop","scope":"read","exp":1e300})",
          R"({"sub":"shop","scope":"read","exp":null})",
          R"({"sub":"shop","scope":"read","exp":1800000060,"stream_id":""})",
          R"({"sub":"shop","scope":"read","exp":1800000060,"stream_id":null})",
          R"({"sub":"shop","scope":"read","exp":1800000060,"nbf":"soon"})",
          R"({"sub":["shop"],"scope":"read","exp":1800000060})",
          R"({"sub":"shop","scope":"read write manage","exp":1800000060})",
          R"({"sub":"shop","scope":"read","exp":9223372036854775807})",
          R"({"sub":"shop","scope":"read","exp":1800000060,"stream_id":1})",
          "null",
          "\xff\xfe",
          "[[[[",
          "[]",
          "",
          "{"}) {
        CAPTURE(payload);
        CHECK(fault_of(with_claims(payload)) == TokenFault::malformed);
    }
}

TEST_CASE("jwt: time, with a little leeway") {
    auto at = claims();
    at.exp = k_second - k_leeway_seconds;
    CHECK(fault_of(sign_token(at, k_secret)) == TokenFault::expired);
    at.exp = k_second - k_leeway_seconds + 1;
    CHECK(!fault_of(sign_token(at, k_secret)));
    at = claims();
    at.nbf = k_second + k_leeway_seconds;
    CHECK(!fault_of(sign_token(at, k_secret)));
    at.nbf = k_second + k_leeway_seconds + 1;
    CHECK(fault_of(sign_token(at, k_secret)) == TokenFault::not_yet);
    at = claims();
    at.iat = k_second + 100;
    CHECK(fault_of(sign_token(at, k_secret)) == TokenFault::not_yet);
}

TEST_CASE("jwt: what is no token is no token") {
    std::string const long_one(k_token_bytes_max + 1, 'a');
    for (auto const& token :
         {std::string(), std::string("a"), std::string("a.b"), std::string("a.b.c"),
          std::string("a.b.c.d"), std::string(".."), std::string("....."),
          std::string("+/+/.+/+/.+/+/"), long_one, std::string("a b.c.d")}) {
        CAPTURE(token);
        CHECK(fault_of(token) == TokenFault::malformed);
        CHECK(!read_token(token));
    }
}
