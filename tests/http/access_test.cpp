// Who may do what: every route with every kind of credential.
#include "http/guarded.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds::test;
using ds::TempDir;
using ds::TokenScope;

namespace {

struct Credential {
    char const* kind;
    Headers headers;
    // What is answered for each right: 0 when the request is let in.
    int read, write, manage;
};

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
        {"read of the stream", one(TokenScope::read, "table"), 0, 403, 403},
        {"write of the stream", one(TokenScope::write, "table"), 0, 0, 403},
        {"manage of the stream", one(TokenScope::manage, "table"), 0, 0, 0},
        {"administrator", bearer(k_admin), 0, 0, 0},
    };
}

// What is answered to who is let in.
struct Route {
    char const* what;
    std::string method;
    std::string target;
    char right; // r, w, m
    int status;
    bool of_project = false; // a token of one stream is not enough
    std::string body{};
    Headers type = k_text; // of the body
};

std::vector<Route> routes() {
    std::string const stream = "/v1/stream/shop/table";
    return {
        {"catch-up", "GET", stream, 'r', 200},
        {"catch-up from now", "GET", stream + "?offset=now", 'r', 200},
        {"bad query", "GET", stream + "?offset=x", 'r', 400},
        {"long-poll", "GET", stream + "?offset=-1&live=long-poll", 'r', 200},
        {"events", "GET", stream + "?offset=-1&live=sse", 'r', 200},
        {"head", "HEAD", stream, 'r', 200},
        {"create again", "PUT", stream, 'w', 200},
        {"append", "POST", stream, 'w', 204, false, "more"},
        {"bad append", "POST", stream, 'w', 400},
        {"settings", "GET", "/v1/config/shop", 'm', 200, true},
        {"set settings", "PUT", "/v1/config/shop", 'm', 200, true, settings(k_shop_secret)},
        {"bad settings", "PUT", "/v1/config/shop", 'm', 400, true, "{}"},
        {"subscribe", "POST", "/v1/estuary/subscribe/shop/table", 'r', 200, true,
         R"({"estuaryId":"inbox"})", k_json},
        {"bad subscribe", "POST", "/v1/estuary/subscribe/shop/table", 'r', 400, true, "{}", k_json},
        {"unsubscribe", "DELETE", "/v1/estuary/subscribe/shop/table", 'w', 200, true,
         R"({"estuaryId":"inbox"})", k_json},
        {"publish", "POST", "/v1/estuary/publish/shop/table", 'w', 204, false, "more"},
        // A stream that is no estuary.
        {"look at an estuary", "GET", "/v1/estuary/shop/table", 'r', 404},
        {"touch", "POST", "/v1/estuary/shop/table", 'r', 404},
        {"acknowledge", "POST", "/v1/estuary/shop/table/ack", 'r', 404, false, R"({"acks":[]})",
         k_json},
        {"delete an estuary", "DELETE", "/v1/estuary/shop/table", 'w', 409},
        {"reader key", "POST", "/v1/reader-key/shop/table", 'm', 200},
        {"delete", "DELETE", stream, 'm', 204},
    };
}

int status_of(ServerUnderTest& server, Route const& route, Headers const& headers) {
    Wire wire(server.port());
    auto all = headers;
    if (!route.body.empty()) all = with(all, route.type);
    if (route.method == "PUT" && route.body.empty()) all.emplace_back("Content-Type", "text/plain");
    wire.send(request(route.method, route.target, all, route.body));
    auto const reply = wire.reply_head();
    if (reply.status == 401) CHECK(reply["WWW-Authenticate"] == "Bearer");
    if (reply.status == 401 || reply.status == 403) CHECK(reply["Cache-Control"] == "no-store");
    return reply.status;
}

} // namespace

TEST_CASE("access: every route with every kind of credential") {
    auto& server = guarded().server();
    auto const path = std::string("/v1/stream/shop/table");
    auto const make = [&] { guarded().as_admin("PUT", path, k_text, "words"); };
    make();
    for (auto const& route : routes())
        for (auto const& credential : credentials()) {
            CAPTURE(route.what);
            CAPTURE(credential.kind);
            int refused = route.right == 'r'   ? credential.read
                          : route.right == 'w' ? credential.write
                                               : credential.manage;
            bool const one_stream =
                std::string_view(credential.kind).find("of the stream") != std::string_view::npos;
            if (route.of_project && one_stream) refused = 403;
            CHECK(status_of(server, route, credential.headers) ==
                  (refused != 0 ? refused : route.status));
            if (route.method == "DELETE" && refused == 0) make();
        }
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
    CHECK(guarded().as_admin("DELETE", "/v1/config/shop").status == 405);
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
    CHECK(ask(server, "PUT", "/v1/stream/shop/a", k_text, "words").status == 201);
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
    auto const start = [&](std::vector<std::string> more) {
        std::vector<std::string> words{"serve", "--data", data.path(), "--listen", "0.0.0.0:0"};
        words.insert(words.end(), more.begin(), more.end());
        return run_ds(words);
    };
    auto const refused = start({"--auth", "none"});
    CHECK(refused.how.exit_code == 2);
    CHECK(refused.output.find("--insecure") != std::string::npos);
    CHECK(start({"--auth", "token"}).how.exit_code == 2);
    CHECK(start({"--auth", "token", "--auth-token-file", "/nowhere"}).how.exit_code == 2);
    CHECK(start({"--cors-origin", "example.com"}).how.exit_code == 2);
}
