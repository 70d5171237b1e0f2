// Signatures of webhooks, the set of their keys, and the tokens of wakes.
#include "base/crypto.h"
#include "base/encoding.h"
#include "jobs/webhooks/lease_token.h"
#include "jobs/webhooks/scope.h"
#include "jobs/webhooks/signing.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace ds;
using namespace ds::webhooks;

namespace {

Millis const k_signed_at = from_count_ms(1'767'225'600'123);
std::string const k_seed(32, '\x07');

} // namespace

TEST_CASE("signing: a signature is over time and body, and names its key") {
    auto const key = make_key(k_seed, k_signed_at);
    KeyRing const ring({key});
    auto const header = ring.sign("{\"a\":1}", k_signed_at);
    auto const start = "t=1767225600,kid=" + key.kid + ",ed25519=";
    REQUIRE(header.starts_with(start));
    auto const signature = base64url_decode(header.substr(start.size()));
    REQUIRE(signature);
    CHECK(ed25519_verify(key.public_key, "1767225600.{\"a\":1}", *signature));
    CHECK_FALSE(ed25519_verify(key.public_key, "1767225601.{\"a\":1}", *signature));
    CHECK_FALSE(ed25519_verify(key.public_key, "1767225600.{\"a\":2}", *signature));
}

TEST_CASE("signing: the id of a key is its thumbprint") {
    // RFC 8037, appendix A.3: the thumbprint of the key of RFC 8032, 7.1, test 1.
    auto const seed = base64url_decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    REQUIRE(seed);
    auto const key = make_key(*seed, k_signed_at);
    CHECK(base64url_encode(key.public_key) == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    CHECK(key.kid == "ds_kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST_CASE("signing: replaced keys are published for a while, and no private half ever") {
    auto const one = make_key(k_seed, k_signed_at);
    auto old = make_key(std::string(32, '\x09'), k_signed_at);
    old.seed.clear();
    old.retired_ms = count_ms(k_signed_at);
    KeyRing const ring({old, one});
    CHECK(ring.active().kid == one.kid);
    auto const ids = [&](Millis now) {
        std::vector<std::string> all;
        auto const set = nlohmann::json::parse(ring.jwks(now));
        for (auto const& key : set["keys"]) {
            CHECK(key["kty"] == "OKP");
            CHECK(key["crv"] == "Ed25519");
            CHECK(key["use"] == "sig");
            CHECK(key["alg"] == "EdDSA");
            CHECK_FALSE(key.contains("d"));
            all.push_back(key["kid"]);
        }
        return all;
    };
    CHECK(ids(k_signed_at) == std::vector{old.kid, one.kid});
    auto const last = k_signed_at + k_key_published_for;
    CHECK(ids(last - std::chrono::milliseconds(1)) == std::vector{old.kid, one.kid});
    CHECK(ids(last) == std::vector{one.kid});
}

TEST_CASE("lease token: what we signed is read, whatever else is not") {
    WakeName const wake{7, "w_abc"};
    auto const token = sign_token("secret", "shop/s", wake);
    CHECK(read_token("secret", "shop/s", token) == wake);
    CHECK_FALSE(read_token("other secret", "shop/s", token));
    CHECK_FALSE(read_token("secret", "shop/t", token));
    CHECK_FALSE(read_token("secret", "", token));
    for (std::size_t at = 0; at < token.size(); ++at) {
        auto changed = token;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        CHECK_FALSE(read_token("secret", "shop/s", changed));
        CHECK_FALSE(read_token("secret", "shop/s", token.substr(0, at)));
    }
    for (auto const* text : {"", ".", "..", "7.w_abc", "7.w_abc.", "x.w_abc.y"})
        CHECK_FALSE(read_token("secret", "shop/s", text));
}

TEST_CASE("scope: paths name streams of the scope, and of no other") {
    SubscriptionScope const all;
    SubscriptionScope const shop{"shop"};
    CHECK(name_in(all, "shop/orders/7")->full() == "shop/orders/7");
    CHECK(name_in(all, "lone")->full() == "_default/lone");
    CHECK(name_in(shop, "orders/7")->full() == "shop/orders/7");
    CHECK(name_in(shop, "other/7")->full() == "shop/other/7"); // a stream of that name
    for (auto const* path : {"", "/a", "a/", "../other/x", "a/../b", "__ds/x", "__ds"}) {
        CAPTURE(path);
        CHECK_FALSE(name_in(shop, path));
        CHECK_FALSE(name_in(all, path));
    }
    CHECK(path_in(all, "shop/a/b") == "shop/a/b");
    CHECK(path_in(all, "_default/a") == "a");
    CHECK(path_in(all, "_default/a/b") == "_default/a/b");
    CHECK(path_in(shop, "shop/a/b") == "a/b");
    CHECK(matches_in(shop, "**", "shop/a"));
    CHECK_FALSE(matches_in(shop, "**", "other/a"));
    CHECK_FALSE(matches_in(shop, "**", "shopx/a"));
    CHECK_FALSE(matches_in(SubscriptionScope{"sho"}, "**", "shop/a"));
    CHECK(matches_in(all, "*", "_default/a"));
    CHECK(matches_in(all, "_default/*", "_default/a"));
    CHECK(matches_in(all, "shop/*", "shop/a"));
    CHECK(control_root(all) == "/v1/stream/__ds/");
    CHECK(control_root(shop) == "/v1/stream/shop/__ds/");
}
