// Who may do what: every route with every kind of credential.
#include "http/access_table.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

using namespace ds::test;
using ds::TempDir;
using ds::TokenScope;

namespace {

std::vector<Credential> credentials() {
    auto const scope = [](TokenScope of) { return bearer(token(of)); };
    auto const one = [](TokenScope of, std::string const& stream) {
        return bearer(token(of, k_shop_secret, "shop", stream));
    };
    auto const expired = token(TokenScope::manage, k_shop_secret, "shop", {}, -60);
    auto const forged_sub = token(TokenScope::manage, k_shop_secret, "other");
    auto const of_other = token(TokenScope::manage, k_other_secret, "other");
    auto const forged = token(TokenScope::manage, k_other_secret, "shop");
    return {
        {"none", {}, 401, 401, 401},
        {"empty", {{"Authorization", ""}}, 401, 401, 401},
        {"another scheme", {{"Authorization", "Basic c2hvcDpzaG9w"}}, 401, 401, 401},
        {"no token", {{"Authorization", "Bearer "}}, 401, 401, 401},
        {"malformed", bearer("a.b.c"), 401, 401, 401},
        {"twice",
         {{"Authorization", "Bearer " + token(TokenScope::manage)},
          {"Authorization", "Bearer " + token(TokenScope::manage)}},
         401,
         401,
         401},
        {"expired", bearer(expired), 401, 401, 401},
        {"wrong key", bearer(token(TokenScope::manage, "no secret of anybody")), 401, 401, 401},
        {"of another project", bearer(of_other), 401, 401, 401},
        {"signed by another project", bearer(forged), 401, 401, 401},
        {"for another project", bearer(forged_sub), 403, 403, 403},
        {"of another stream", one(TokenScope::manage, "else"), 403, 403, 403},
        {"read", scope(TokenScope::read), 0, 403, 403},
        {"write", scope(TokenScope::write), 0, 0, 403},
        {"manage", scope(TokenScope::manage), 0, 0, 0},
        {"read of the stream", one(TokenScope::read, "table"), 0, 403, 403, "Bearer", true},
        {"write of the stream", one(TokenScope::write, "table"), 0, 0, 403, "Bearer", true},
        {"manage of the stream", one(TokenScope::manage, "table"), 0, 0, 0, "Bearer", true},
        {"administrator", bearer(k_admin), 0, 0, 0, "Bearer", false, true},
    };
}

} // namespace

TEST_CASE("access: every route with every kind of credential") {
    check_table(guarded().server(), credentials());
}

TEST_CASE("access: every route with one token for everything") {
    TempDir const files;
    auto const token = std::string("one-token-for-everything");
    ServerUnderTest server({"--auth", "token", "--long-poll-timeout", "1", "--auth-token-file",
                            token_file(files, "token", token), "--admin-token-file",
                            token_file(files, "admin", k_admin)});
    check_table(server,
                {{"none", {}, 401, 401, 401},
                 {"another", bearer(token + "s"), 401, 401, 401},
                 {"twice", with(bearer(token), bearer(token)), 401, 401, 401},
                 {"of a project", bearer(ds::test::token(TokenScope::manage)), 401, 401, 401},
                 {"the token", bearer(token), 0, 0, 0, "Bearer", false, true},
                 {"administrator", bearer(k_admin), 0, 0, 0, "Bearer", false, true}});
}

TEST_CASE("access: who is not let in does not learn what there is") {
    auto& server = guarded().server();
    guarded().as_admin("PUT", "/v1/stream/shop/there", k_text);
    for (auto const& headers :
         {Headers{}, bearer(token(TokenScope::manage, k_other_secret, "other"))})
        for (auto const* method : {"GET", "PUT", "POST", "DELETE"}) {
            CAPTURE(method);
            auto const there = ask(server, method, "/v1/stream/shop/there", headers);
            auto const not_there = ask(server, method, "/v1/stream/shop/not-there", headers);
            auto const no_project = ask(server, method, "/v1/stream/nobody/there", headers);
            CHECK(there.status == 401);
            CHECK(not_there.status == 401);
            CHECK(no_project.status == 401);
            CHECK(there.body == not_there.body);
            CHECK(there.body == no_project.body);
            CHECK(there.headers.size() == no_project.headers.size());
        }
}

TEST_CASE("access: unknown projects exist for the administrator alone") {
    CHECK(guarded().as_admin("GET", "/v1/config/nobody").code() == "PROJECT_NOT_FOUND");
    CHECK(ask(guarded().server(), "GET", "/v1/config/nobody", bearer(token(TokenScope::manage)))
              .status == 401);
    CHECK(guarded().as_admin("GET", "/v1/config/no%2Fname").status == 400);
    CHECK(guarded().as_admin("DELETE", "/v1/config/nobody").code() == "PROJECT_NOT_FOUND");
}

TEST_CASE("access: a token of one stream forks no other") {
    guarded().as_admin("PUT", "/v1/stream/shop/secret", k_text, "hidden");
    auto const mine = bearer(token(TokenScope::write, k_shop_secret, "shop", "mine"));
    auto const fork = with(mine, {{"Stream-Forked-From", "/v1/stream/shop/secret"}});
    CHECK(ask(guarded().server(), "PUT", "/v1/stream/shop/mine", fork).status == 403);
    auto const all =
        with(bearer(token(TokenScope::write)), {{"Stream-Forked-From", "/v1/stream/shop/secret"}});
    CHECK(ask(guarded().server(), "PUT", "/v1/stream/shop/mine", all).status == 201);
    auto const across = with(bearer(token(TokenScope::write, k_other_secret, "other")),
                             {{"Stream-Forked-From", "/v1/stream/shop/secret"}});
    CHECK(ask(guarded().server(), "PUT", "/v1/stream/other/theirs", across).status == 400);
}

TEST_CASE("access: secrets are shown on demand alone, and never echoed") {
    auto const manage = bearer(token(TokenScope::manage));
    auto& server = guarded().server();
    auto const plain = ask(server, "GET", "/v1/config/shop", manage);
    CHECK(plain.body.find(k_shop_secret) == std::string::npos);
    auto const shown = ask(server, "GET", "/v1/config/shop?include=signingSecrets", manage);
    CHECK(shown.body.find(k_shop_secret) != std::string::npos);
    CHECK(shown["Cache-Control"] == "no-store");
    auto const wrong = ask(server, "PUT", "/v1/config/shop", manage,
                           R"({"signingSecrets":["SECRET"],"isPublic":1})");
    CHECK(wrong.status == 400);
    CHECK(wrong.body.find("SECRET") == std::string::npos);
    CHECK(server.log().find(k_shop_secret) == std::string::npos);
}

TEST_CASE("access: a change of keys counts at once") {
    auto& server = guarded().server();
    REQUIRE(guarded().put_settings("turning", settings("the old secret of it")).status == 201);
    auto const old_token = bearer(token(TokenScope::write, "the old secret of it", "turning"));
    auto const new_token = bearer(token(TokenScope::write, "the new secret of it", "turning"));
    auto const path = "/v1/stream/turning/a";
    CHECK(ask(server, "PUT", path, with(old_token, k_text)).status == 201);
    CHECK(ask(server, "GET", path, new_token).status == 401);
    auto const both = R"({"signingSecrets":["the new secret of it","the old secret of it"]})";
    CHECK(guarded().put_settings("turning", both).status == 200);
    CHECK(ask(server, "GET", path, old_token).status == 200);
    CHECK(ask(server, "GET", path, new_token).status == 200);
    CHECK(guarded().put_settings("turning", settings("the new secret of it")).status == 200);
    CHECK(ask(server, "GET", path, old_token).status == 401);
    CHECK(ask(server, "GET", path, new_token).status == 200);
}

TEST_CASE("access: projects are listed and removed over HTTP, by the administrator") {
    auto const made = guarded().as_admin("PUT", "/v1/config/passing", {{"If-None-Match", "*"}},
                                         settings("the secret of passing"));
    CHECK(made.status == 201);
    auto const again = guarded().as_admin("PUT", "/v1/config/passing", {{"If-None-Match", "*"}},
                                          settings("another secret of it"));
    CHECK(again.status == 412);
    CHECK(again.code() == "PRECONDITION_FAILED");
    auto& server = guarded().server();
    auto const mine = bearer(token(TokenScope::manage, "the secret of passing", "passing"));
    CHECK(ask(server, "PUT", "/v1/stream/passing/a", with(mine, k_text), "words").status == 201);

    auto const all = guarded().as_admin("GET", "/v1/config");
    CHECK(all["Cache-Control"] == "no-store");
    CHECK(all.body.find(R"("name":"passing","keys":[")") != std::string::npos);
    CHECK(all.body.find("the secret") == std::string::npos);
    CHECK(ask(server, "GET", "/v1/config", mine).status == 401);
    CHECK(guarded().as_admin("POST", "/v1/config").status == 405);

    CHECK(ask(server, "DELETE", "/v1/config/passing", mine).status == 403);
    CHECK(guarded().as_admin("DELETE", "/v1/config/passing").status == 204);
    CHECK(guarded().as_admin("DELETE", "/v1/config/passing").status == 404);
    CHECK(ask(server, "GET", "/v1/stream/passing/a", mine).status == 401);
    // Its streams stay.
    guarded().put_settings("passing", settings("the secret of passing"));
    CHECK(ask(server, "GET", "/v1/stream/passing/a", mine).body == "words");
    guarded().as_admin("DELETE", "/v1/config/passing");
}

TEST_CASE("access: keys come and go one by one, and are told once") {
    auto& server = guarded().server();
    guarded().put_settings("keyed", settings("the first secret of keyed"));
    auto const first = bearer(token(TokenScope::manage, "the first secret of keyed", "keyed"));
    auto const added = ask(server, "POST", "/v1/config/keyed/keys", first,
                           R"({"secret":"the next secret of keyed"})");
    CHECK(added.status == 201);
    CHECK(added.body.find(R"("secret":"the next secret of keyed")") != std::string::npos);
    auto const made = ask(server, "POST", "/v1/config/keyed/keys", first);
    CHECK(made.status == 201);
    auto const shown = ask(server, "GET", "/v1/config/keyed?include=keys", first);
    CHECK(shown.body.find("secret") == std::string::npos);
    auto const next = bearer(token(TokenScope::manage, "the next secret of keyed", "keyed"));
    CHECK(ask(server, "GET", "/v1/config/keyed", next).status == 200);

    auto const all = nlohmann::json::parse(shown.body).at("keys");
    REQUIRE(all.size() == 3); // the newest first
    auto const key = [&](std::size_t at) {
        return "/v1/config/keyed/keys/" + all.at(at).get<std::string>();
    };
    CHECK(ask(server, "POST", "/v1/config/keyed/keys", first,
              R"({"secret":"the next secret of keyed"})")
              .code() == "PROJECT_CONFLICT");
    CHECK(ask(server, "DELETE", key(2), next).status == 200);
    CHECK(ask(server, "GET", "/v1/config/keyed", first).status == 401);
    CHECK(ask(server, "DELETE", key(2), next).code() == "KEY_NOT_FOUND");
    CHECK(ask(server, "DELETE", key(0), next).status == 200);
    CHECK(ask(server, "DELETE", key(1), next).code() == "PROJECT_CONFLICT"); // the last one
    for (auto const* wrong : {"{", "[]", "1", R"({"secret":"short"})", R"({"secret":1})",
                              R"({"secrets":"sixteen letters or more"})"}) {
        CAPTURE(wrong);
        CHECK(ask(server, "POST", "/v1/config/keyed/keys", next, wrong).code() == "INVALID_CONFIG");
    }
    CHECK(ask(server, "GET", "/v1/config/keyed/keys", next).status == 405);
    CHECK(ask(server, "GET", "/v1/config/keyed/locks", next).status == 404);
    CHECK(guarded().as_admin("POST", "/v1/config/nobody/keys").code() == "PROJECT_NOT_FOUND");
}

TEST_CASE("access: settings are changed one by one") {
    auto& server = guarded().server();
    guarded().put_settings("varied", settings("the secret of varied", R"(,"queryToken":true)"));
    auto const manage = bearer(token(TokenScope::manage, "the secret of varied", "varied"));
    auto const changed = ask(server, "POST", "/v1/config/varied", manage,
                             R"({"corsOrigins":["https://a.example"]})");
    CHECK(changed.status == 200);
    CHECK(changed.body.find(R"("queryToken":true)") != std::string::npos);
    CHECK(changed.body.find("https://a.example") != std::string::npos);
    for (auto const* wrong : {R"({"signingSecrets":["sixteen letters or more"]})",
                              R"({"isPublic":1})", "", "{\"a\":1}"}) {
        CAPTURE(wrong);
        CHECK(ask(server, "POST", "/v1/config/varied", manage, wrong).code() == "INVALID_CONFIG");
    }
    CHECK(guarded().as_admin("POST", "/v1/config/nobody", {}, "{}").code() == "PROJECT_NOT_FOUND");
}

TEST_CASE("access: one token for everything") {
    TempDir const files;
    std::ofstream(files.path() + "/token") << "one-token-for-everything\n";
    ServerUnderTest server({"--auth", "token", "--auth-token-file", files.path() + "/token"});
    auto const good = bearer("one-token-for-everything");
    CHECK(ask(server, "PUT", "/v1/stream/a/b", with(good, k_text), "words").status == 201);
    CHECK(ask(server, "GET", "/v1/stream/a/b").status == 401);
    CHECK(ask(server, "GET", "/v1/stream/a/b", bearer("one-token-for-everythinG")).status == 401);
    auto const read = ask(server, "GET", "/v1/stream/a/b", good);
    CHECK(read.status == 200);
    CHECK(read["Cache-Control"] == "private, max-age=60, stale-while-revalidate=300");
    CHECK(ask(server, "DELETE", "/v1/stream/a/b", good).status == 204);
    CHECK(ask(server, "GET", "/v1/config/a", good).status == 404); // there is no project
    CHECK(ask(server, "GET", "/health").status == 200);
}

TEST_CASE("access: auto asks for tokens from the first project on") {
    TempDir const files;
    std::ofstream(files.path() + "/token") << k_admin << "\n";
    ServerUnderTest server({"--admin-token-file", files.path() + "/token"});
    // Whoever has an administrator has something to guard.
    CHECK(ask(server, "PUT", "/v1/stream/shop/a", k_text, "words").status == 401);
    CHECK(ask(server, "PUT", "/v1/stream/shop/a", with(bearer(k_admin), k_text), "words").status ==
          201);
    CHECK(ask(server, "GET", "/v1/config/shop").status == 401); // never open
    CHECK(ask(server, "PUT", "/v1/config/shop", bearer(k_admin), settings(k_shop_secret)).status ==
          201);
    CHECK(ask(server, "GET", "/v1/stream/shop/a").status == 401);
    CHECK(ask(server, "GET", "/v1/stream/shop/a", bearer(token(TokenScope::read))).status == 200);
    server.stop();
    server.start();
    CHECK(ask(server, "GET", "/v1/stream/shop/a").status == 401);
    CHECK(ask(server, "GET", "/v1/stream/shop/a", bearer(token(TokenScope::read))).status == 200);
}

TEST_CASE("access: what would open everything is refused unless it is meant") {
    TempDir const data;
    auto const made = data.path() + "/made";
    auto const start = [&](std::vector<std::string> more) {
        std::vector<std::string> words{"serve", "--data", data.path(), "--listen", "0.0.0.0:0"};
        words.insert(words.end(), more.begin(), more.end());
        return run_ds(words);
    };
    auto const refused = start({"--auth", "none"});
    CHECK(refused.how.exit_code == 2);
    CHECK(refused.output.find("--insecure") != std::string::npos);
    CHECK(start({"--auth", "token"}).how.exit_code == 2);
    for (std::string const option : {"--trust-proxy=127.0.0.1", "--public-url=https://s.example"}) {
        CAPTURE(option);
        auto const proxied =
            run_ds({"serve", "--data", made, "--listen", "127.0.0.1:0", option, "--auth", "none"});
        CHECK(proxied.how.exit_code == 2);
        CHECK(proxied.output.find("--insecure") != std::string::npos);
        CHECK_FALSE(std::filesystem::exists(made));
    }
    auto const bare = run_ds({"serve", "--data", made, "--public-url", "example.com"});
    CHECK(bare.how.exit_code == 2);
    CHECK(bare.output.find("write it with its scheme") != std::string::npos);
    CHECK(start({"--auth", "token", "--auth-token-file", "/nowhere"}).how.exit_code == 2);
    CHECK(start({"--cors-origin", "example.com"}).how.exit_code == 2);
}

TEST_CASE("access: a refusal says which right is missing, to who has a token") {
    auto& server = guarded().server();
    guarded().as_admin("PUT", "/v1/stream/shop/words", k_text);
    auto const refused = [&](char const* method, std::string const& with_token,
                             std::string const& path = "/v1/stream/shop/words") {
        auto const reply = ask(server, method, path, bearer(with_token));
        CHECK(reply.status == 403);
        CHECK(reply.code() == "FORBIDDEN");
        return reply.body;
    };
    auto const says = [](std::string const& body, char const* words) {
        CAPTURE(body);
        CHECK(body.find(words) != std::string::npos);
    };
    says(refused("POST", token(TokenScope::read)),
         "needs the scope write or manage; the token has the scope read");
    says(refused("DELETE", token(TokenScope::write)),
         "needs the scope manage; the token has the scope write");
    says(refused("GET", token(TokenScope::read, k_shop_secret, "shop", "else")),
         "for the stream else");
    says(refused("GET", token(TokenScope::manage, k_shop_secret, "shop", "words"),
                 "/v1/config/shop"),
         "for one stream, and this concerns all of the project");
    says(refused("GET", token(TokenScope::read, k_shop_secret, "other")), "for the project other");
    // In the shape that subscriptions have.
    says(refused("PUT", token(TokenScope::read), "/v1/stream/shop/__ds/subscriptions/s"),
         R"({"error":{"code":"FORBIDDEN","message":"this needs the scope manage)");
}
