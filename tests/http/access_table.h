// Every route, and what is answered to who is let in: for tables of who is.
#pragma once

#include "http/guarded.h"

#include <functional>
#include <string>
#include <vector>

namespace ds::test {

struct Credential {
    char const* kind;
    Headers headers;
    // What is answered for each right: 0 when the request is let in.
    int read, write, manage;
    char const* challenge = "Bearer"; // with 401
    bool one_stream = false;          // not enough for a whole project
    bool everything = false;          // also what is the administrator's affair
};

struct Route {
    char const* what;
    std::string method;
    std::string target;
    char right; // r, w, m, a: the administrator's
    int status;
    bool of_project = false; // a token of one stream is not enough
    std::string body{};
    Headers type = k_text; // of the body
};

inline std::vector<Route> routes() {
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
        {"list estuaries", "GET", "/v1/estuary/shop", 'r', 200, true},
        {"touch", "POST", "/v1/estuary/shop/table", 'r', 404},
        {"acknowledge", "POST", "/v1/estuary/shop/table/ack", 'r', 404, false, R"({"acks":[]})",
         k_json},
        {"delete an estuary", "DELETE", "/v1/estuary/shop/table", 'w', 409},
        {"change settings", "POST", "/v1/config/shop", 'm', 200, true, R"({"queryToken":false})"},
        {"add a key", "POST", "/v1/config/shop/keys", 'm', 201, true},
        {"remove a key", "DELETE", "/v1/config/shop/keys/00000000", 'm', 404, true},
        {"limits of history", "GET", "/v1/retention/shop", 'a', 200},
        {"set limits", "PUT", "/v1/retention/shop", 'a', 200, false, "{}"},
        {"list projects", "GET", "/v1/config", 'a', 200},
        {"remove the project", "DELETE", "/v1/config/shop", 'a', 204},
        {"reader key", "POST", "/v1/reader-key/shop/table", 'm', 200},
        {"delete", "DELETE", stream, 'm', 204},
    };
}

inline Reply head_of(ServerUnderTest& server, Route const& route, Headers const& headers) {
    Wire wire(server.port());
    auto all = headers;
    if (!route.body.empty()) all = with(all, route.type);
    if (route.method == "PUT" && route.body.empty()) all.emplace_back("Content-Type", "text/plain");
    wire.send(request(route.method, route.target, all, route.body));
    return wire.reply_head();
}

// Asks for every route with every credential. The administrator's token is k_admin.
inline void check_table(ServerUnderTest& server, std::vector<Credential> const& credentials) {
    auto const make = [&] {
        ask(server, "PUT", "/v1/stream/shop/table", with(bearer(k_admin), k_text), "words");
    };
    ask(server, "PUT", "/v1/config/shop", bearer(k_admin), settings(k_shop_secret));
    make();
    for (auto const& route : routes())
        for (auto const& credential : credentials) {
            CAPTURE(route.what);
            CAPTURE(credential.kind);
            int refused = route.right == 'r'   ? credential.read
                          : route.right == 'w' ? credential.write
                                               : credential.manage;
            if (route.of_project && credential.one_stream) refused = 403;
            if (route.right == 'a' && !credential.everything) {
                auto const status = head_of(server, route, credential.headers).status;
                CHECK((status == 401 || status == 403));
                continue;
            }
            auto const reply = head_of(server, route, credential.headers);
            CHECK(reply.status == (refused != 0 ? refused : route.status));
            if (reply.status == 401) CHECK(reply["WWW-Authenticate"] == credential.challenge);
            if (refused != 0) CHECK(reply["Cache-Control"] == "no-store");
            if (refused == 503) CHECK(reply["Retry-After"] == "1");
            if (refused != 0) continue;
            if (route.target.starts_with("/v1/config/shop"))
                ask(server, "PUT", "/v1/config/shop", bearer(k_admin), settings(k_shop_secret));
            if (route.method == "DELETE") make();
        }
}

// The file of a token, in `folder`.
inline std::string token_file(TempDir const& folder, std::string const& name,
                              std::string const& token) {
    auto path = folder.path() + "/" + name;
    std::ofstream(path) << token << "\n";
    return path;
}

} // namespace ds::test
