// A server that asks nobody for a token: when it does so, and to whom it answers then.
#include "http/server_under_test.h"
#include "http/wire.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace ds::test;
using ds::TempDir;

namespace {

std::string const k_stream = "/v1/stream/evil/x";

Reply put(ServerUnderTest const& server, Headers headers) {
    headers.insert(headers.end(), k_text.begin(), k_text.end());
    return ask(server, "PUT", k_stream, headers);
}

// A request with another Host than request() writes.
Reply put_as(ServerUnderTest const& server, std::string const& host, std::string const& more = {}) {
    Wire wire(server.port(), 0, server.over());
    wire.send("PUT " + k_stream + " HTTP/1.1\r\nHost: " + host +
              "\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n" + more + "\r\n");
    return wire.reply();
}

void remove_projects(TempDir const& data) {
    for (char const* const end : {"", "-wal", "-shm"})
        std::remove((data.path() + "/data/projects.db" + end).c_str());
}

} // namespace

TEST_CASE("open: only a server that nobody else can reach lets everybody in") {
    TempDir const files;
    auto const file = files.path() + "/admin";
    std::ofstream(file) << "the-token-of-the-administrator\n";
    CHECK(put(ServerUnderTest(), {}).status == 201);
    for (ServerUnderTest::Options const& options :
         {ServerUnderTest::Options{"--trust-proxy", "127.0.0.1"},
          {"--public-url", "https://streams.example.com"},
          {"--admin-token-file", file}}) {
        CAPTURE(options.front());
        ServerUnderTest server(options);
        CHECK(put(server, {}).status == 401);
        CHECK(put(server, {{"X-Forwarded-For", "203.0.113.9"}}).status == 401);
        CHECK(ask(server, "DELETE", k_stream).status == 401);
        CHECK(server.log().find("auth.nobody") != std::string::npos);
    }
}

TEST_CASE("open: it says so, and that it ends with the first project") {
    ServerUnderTest server;
    CHECK(server.log().find("auth.open") != std::string::npos);
    CHECK(put(server, {}).status == 201);
    auto const made =
        run_ds({"create-project", "shop", "--online", "--data", server.data()->path() + "/data"});
    CHECK(made.how.exit_code == 0);
    CHECK(made.output.find("401 until their project is made") != std::string::npos);
    CHECK(put(server, {}).status == 401);
    auto const log = server.log();
    CHECK(log.find("auth.closed") != std::string::npos);
    CHECK(log.find("project.created") != std::string::npos);
}

TEST_CASE("open: never again once there was a project, whatever becomes of it") {
    auto const data = std::make_shared<TempDir>();
    ServerUnderTest server({}, data);
    CHECK(put(server, {}).status == 201);
    for (char const* const deed : {"create-project", "project"}) {
        std::vector<std::string> words{deed};
        if (std::string(deed) == "project") words.emplace_back("rm");
        words.insert(words.end(), {"shop", "--online", "--data", data->path() + "/data"});
        CHECK(run_ds(words).how.exit_code == 0);
        CHECK(ask(server, "GET", k_stream).status == 401);
    }
    CHECK(server.log().find("project.removed") != std::string::npos);
    CHECK(server.stop().exit_code == 0);
    remove_projects(*data);
    server.start();
    CHECK(ask(server, "GET", k_stream).status == 401);
    CHECK(ask(server, "DELETE", k_stream).status == 401);
}

TEST_CASE("open: only names of this machine are answered") {
    ServerUnderTest server;
    for (auto const* const host : {"localhost", "127.0.0.1:4437", "[::1]:4437"}) {
        CAPTURE(host);
        CHECK(put_as(server, host).status < 300);
    }
    for (auto const* const host : {"evil.example", "evil.example:4437", "localhost.evil.example"}) {
        CAPTURE(host);
        CHECK(put_as(server, host).refusal() == "403 FOREIGN_HOST");
    }
    ServerUnderTest named(
        {"--auth", "none", "--insecure", "--public-url", "https://streams.example.com"});
    CHECK(put_as(named, "streams.example.com").status == 201);
    CHECK(put_as(named, "evil.example").status == 403);
}

TEST_CASE("open: only pages of this machine, and of origins that are named, are answered") {
    ServerUnderTest server({"--cors-origin", "https://app.example"});
    for (std::string const origin :
         {"http://localhost:3000", "http://127.0.0.1", "https://app.example"}) {
        CAPTURE(origin);
        CHECK(put(server, {{"Origin", origin}}).status < 300);
    }
    for (std::string const origin :
         {"https://evil.example", "null", "https://app.example.evil", "", "file://",
          "http://localhost.evil.example", "http://127.0.0.1@evil.example", "https://xlocalhost",
          "http://evil.example:80", "chrome-extension://abc"}) {
        CAPTURE(origin);
        CHECK(put(server, {{"Origin", origin}}).refusal() == "403 FOREIGN_ORIGIN");
        CHECK(ask(server, "GET", k_stream, {{"Origin", origin}}).status == 403);
        CHECK(ask(server, "DELETE", k_stream, {{"Origin", origin}}).status == 403);
        // Also what is no stream: a page must not have webhooks called in its name.
        CHECK(ask(server, "PUT", "/v1/stream/evil/__ds/subscriptions/s", {{"Origin", origin}})
                  .status == 403);
    }
}

TEST_CASE("open: what is read is for pages of this machine alone, whoever asked first") {
    ServerUnderTest server;
    CHECK(put(server, {}).status == 201);
    // A page elsewhere can have a browser ask without an Origin, and then look into its cache.
    auto const plain = ask(server, "GET", k_stream);
    CHECK(plain.status == 200);
    CHECK(plain["Vary"] == "Origin");
    CHECK(!plain.has("Access-Control-Allow-Origin"));
    auto const near = ask(server, "GET", k_stream, {{"Origin", "http://localhost:3000"}});
    CHECK(near["Access-Control-Allow-Origin"] == "http://localhost:3000");
    CHECK(near["Vary"] == "Origin");
    CHECK(!ask(server, "OPTIONS", k_stream, {{"Origin", "https://evil.example"}})
               .has("Access-Control-Allow-Origin"));
}

TEST_CASE("open: a change that a page elsewhere has set off is refused without an Origin, too") {
    ServerUnderTest server;
    CHECK(put(server, {}).status == 201);
    Headers const elsewhere{{"Sec-Fetch-Site", "cross-site"}};
    CHECK(put(server, elsewhere).code() == "FOREIGN_ORIGIN");
    CHECK(ask(server, "POST", k_stream, with(elsewhere, k_text), "x").code() == "FOREIGN_ORIGIN");
    CHECK(ask(server, "DELETE", k_stream, elsewhere).code() == "FOREIGN_ORIGIN");
    CHECK(ask(server, "GET", k_stream, elsewhere).status == 200); // that page sees nothing of it
    for (auto const* site : {"none", "same-origin", "same-site"})
        CHECK(put(server, {{"Sec-Fetch-Site", site}}).status == 200);
    CHECK(put(server, {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://localhost:3000"}})
              .status == 200);
}

TEST_CASE("open: names that look like this machine's are none") {
    ServerUnderTest server;
    for (auto const* const host : {"0.0.0.0:4437", "192.168.1.2", "[::]", "127.0.0.1.evil.example",
                                   "evillocalhost", "localhost.", "127.1", "127.0.0.1.nip.io",
                                   "[::ffff:8.8.8.8]", "0.0.0.0.evil.example", "evil.example."}) {
        CAPTURE(host);
        CHECK(put_as(server, host).code() == "FOREIGN_HOST");
    }
    for (auto const* const host : {"LOCALHOST", "app.localhost:1", "127.8.9.10"}) {
        CAPTURE(host);
        CHECK(put_as(server, host).status < 300);
    }
}

TEST_CASE("open: a Unix socket takes any host, as no browser comes there") {
    if (usual() == Over::tls) return;
    TempDir const folder;
    auto const path = folder.path() + "/ds.sock";
    ServerUnderTest server({"--listen", "unix:" + path});
    auto const put_there = [&](std::string const& more) {
        Wire wire(path);
        wire.send("PUT " + k_stream + " HTTP/1.1\r\nHost: any.example\r\n" + more +
                  "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n");
        return wire.reply();
    };
    CHECK(put_there("").status == 201);
    CHECK(put_there("Origin: https://evil.example\r\n").code() == "FOREIGN_ORIGIN");
}

TEST_CASE("open: what is wrong inside is told to the administrator alone") {
    ServerUnderTest server;
    auto const reply = ask(server, "GET", "/health");
    CHECK(reply.status == 200);
    CHECK(reply.body == "ok");
}
