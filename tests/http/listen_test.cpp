// Where a server listens beside a TCP port, and what it believes of those who connect there.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <string>

using namespace ds::test;

namespace {

Reply ask_at(std::string const& socket, std::string_view method, std::string_view target,
             Headers const& headers = {}, std::string_view body = {}) {
    Wire wire(socket);
    wire.send(request(method, target, headers, body));
    return wire.reply();
}

// The forms of an option that stands alone.
ServerUnderTest::Options listening_at(std::string const& path, ServerUnderTest::Options more = {}) {
    more.insert(more.end(), {"--listen", "unix:" + path});
    return more;
}

Headers const k_forwarded{{"Content-Type", "text/plain"},
                          {"X-Forwarded-For", "192.0.2.1"},
                          {"X-Forwarded-Proto", "https"},
                          {"X-Forwarded-Host", "public.example"}};

} // namespace

TEST_CASE("listen: a Unix socket is served, guarded by its mode, and gone at the end") {
    if (usual() == Over::tls) return;
    ds::TempDir folder;
    auto const path = folder.path() + "/ds.sock";
    ServerUnderTest server(listening_at(path));
    struct stat made {};
    REQUIRE(::lstat(path.c_str(), &made) == 0);
    CHECK(S_ISSOCK(made.st_mode));
    CHECK((made.st_mode & 07777) == 0660);
    auto const stream = fresh_path("unix");
    auto const created = ask_at(path, "PUT", stream, k_text, "hello");
    CHECK(created.status == 201);
    CHECK(created["Location"] == "http://localhost" + stream);
    CHECK(ask_at(path, "GET", stream + "?offset=-1").body == "hello");
    {
        Wire live(path);
        live.send(request("GET", stream + "?offset=now&live=sse"));
        CHECK(live.reply_head().status == 200);
        REQUIRE(ask_at(path, "POST", stream, k_text, "more").status == 204);
        std::string told;
        while (told.find("data:more") == std::string::npos)
            told += live.chunk();
    }
    CHECK(server.stop().exit_code == 0);
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("listen: the socket of a killed server is replaced, that of a live one is not") {
    if (usual() == Over::tls) return;
    ds::TempDir folder;
    auto const path = folder.path() + "/ds.sock";
    ServerUnderTest server(listening_at(path));
    auto const second =
        run_ds({"serve", "--data", folder.path() + "/other", "--listen", "unix:" + path});
    CHECK(second.how.exit_code == 1);
    CHECK(second.output.find("listen on unix:" + path + ": another server listens there") !=
          std::string::npos);
    CHECK(ask_at(path, "GET", "/health").status == 200);
    server.kill();
    CHECK(std::filesystem::exists(path));
    server.start();
    CHECK(ask_at(path, "GET", "/health").status == 200);
}

TEST_CASE("forwarded: headers count from a trusted proxy only, and --public-url counts more") {
    auto const location = [](ServerUnderTest::Options options) {
        options.insert(options.end(), {"--auth", "none", "--insecure"});
        ServerUnderTest server(options);
        auto const path = fresh_path("forwarded");
        auto const found = ask(server, "PUT", path, k_forwarded)["Location"];
        return found.substr(0, found.size() - path.size());
    };
    std::string const own = usual() == Over::tls ? "https://localhost" : "http://localhost";
    CHECK(location({}) == own);
    CHECK(location({"--trust-proxy", "10.0.0.0/8", "--trust-proxy", "unix"}) == own);
    CHECK(location({"--trust-proxy", "10.0.0.0/8", "--trust-proxy", "127.0.0.0/8"}) ==
          "https://public.example");
    CHECK(location({"--trust-proxy", "127.0.0.1", "--public-url", "https://other.example/"}) ==
          "https://other.example");
}

TEST_CASE("forwarded: whoever comes through the Unix socket is believed when unix is trusted") {
    if (usual() == Over::tls) return;
    ds::TempDir folder;
    auto const path = folder.path() + "/ds.sock";
    ServerUnderTest server(
        listening_at(path, {"--trust-proxy", "unix", "--auth", "none", "--insecure"}));
    auto const stream = fresh_path("forwarded-unix");
    CHECK(ask_at(path, "PUT", stream, k_forwarded)["Location"] ==
          "https://public.example" + stream);
}

TEST_CASE("forwarded: a network that was hardly meant is told") {
    for (std::string const text : {"10.0.0.1/8", "localhost", "10.0.0.0/33"}) {
        auto const finished = run_ds({"serve", "--trust-proxy", text});
        CHECK(finished.how.exit_code == 2);
        CHECK(finished.output.find("--trust-proxy " + text) != std::string::npos);
    }
}
