// Promises of the operator's port, and of those who ask it.
#include "admin/admin_client.h"
#include "admin/admin_file.h"
#include "admin/admin_server.h"
#include "fakes/fake_console.h"
#include "net/curl_fetch.h"
#include "support/sure.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <fstream>
#include <string>
#include <thread>

using namespace ds;
using test::FakeConsole;

namespace {

struct Port {
    TempDir home;
    FakeConsole console;
    std::unique_ptr<AdminServer> server;

    Port() {
        auto started = AdminServer::start(console, {.data = home.path()});
        REQUIRE_MESSAGE(started, (started ? "" : started.error().what));
        server = *std::move(started);
    }
    Result<Outcome> run(std::string_view operation, std::string_view arguments) const {
        CurlFetch fetch;
        auto client = AdminClient::open(fetch, home.path());
        if (!client) return std::move(client).error();
        Gathering gathering([](Progressed const&) {});
        TRY(client->operate(operation, arguments,
                            [&](std::string_view line) { return gathering.take(line); }));
        return gathering.finish();
    }
    Result<FetchReply> ask(std::string const& path, std::string const& token,
                           std::string_view body = "{}") const {
        CurlFetch fetch;
        FetchRequest request{"POST", server->url() + path, {}, body, {}};
        if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
        return fetch.fetch(request);
    }
    std::string token() const {
        auto const address = test::sure(read_admin_file(home.path()));
        REQUIRE(address->has_value());
        return (*address)->token;
    }
};

} // namespace

TEST_CASE("admin port: whoever may read the data directory may operate") {
    Port port;
    auto const report = port.run("inspect", "{}");
    REQUIRE_MESSAGE(report, (report ? "" : report.error().what));
    CHECK(report->result.find("0123456789abcdef") != std::string::npos);
    auto const segments = test::sure(port.run("segments", R"({"scope":"demo/log"})"));
    CHECK(segments->items.size() == 2);
    port.console.broken = Error{Fault::missing, "gone"};
    auto const verified = port.run("verify", "");
    REQUIRE(!verified);
    CHECK(verified.error().fault == Fault::missing);
    CHECK(verified.error().what == "gone");
}

TEST_CASE("admin port: its file can be read by the owner alone, and goes with it") {
    Port port;
    auto const path = admin_file_path(port.home.path());
    struct stat facts {};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777U) == 0600U);
    CHECK(port.token().size() == 64);
    port.server->stop();
    CHECK(::stat(path.c_str(), &facts) != 0);
    auto const nobody = port.run("inspect", "{}");
    REQUIRE(!nobody);
    CHECK(nobody.error().fault == Fault::unreachable);
    CHECK(nobody.error().what.find("with --data") != std::string::npos);
}

TEST_CASE("admin port: without the token nothing is told and nothing is done") {
    Port port;
    for (auto const& token : {std::string(), std::string("x"), std::string(64, '0')}) {
        auto const reply = test::sure(port.ask("/v1/admin/gc", token));
        CHECK(reply->status == 401);
    }
    CHECK(port.console.asked.empty());
    CHECK(port.ask("/v1/admin/gc", port.token())->status == 200);
    CHECK(port.console.asked.size() == 1);
}

TEST_CASE("admin port: other paths and large bodies are refused in lines as well") {
    Port port;
    auto const absent = test::sure(port.ask("/v1/stream/demo/log", port.token()));
    CHECK(absent->status == 404);
    CHECK(read_line(absent->body));
    auto const large =
        test::sure(port.ask("/v1/admin/gc", port.token(), std::string(100'000, ' ')));
    CHECK(large->status == 413);
    auto const unknown = port.run("explode", "{}");
    REQUIRE(!unknown);
    CHECK(unknown.error().fault == Fault::invalid);
}

TEST_CASE("admin port: an operation at work is told to stop when the server ends") {
    Port port;
    port.console.ticks = 0;
    std::thread asker([&] { CHECK(!port.run("rotate", "{}")); });
    while (!port.console.rotating)
        std::this_thread::yield();
    port.server->stop();
    asker.join();
    CHECK(port.console.told_to_stop);
}

TEST_CASE("admin port: a client that leaves ends its operation") {
    Port port;
    port.console.ticks = 0;
    CurlFetch fetch;
    auto const client = test::sure(AdminClient::open(fetch, port.home.path()));
    CHECK(client->operate("rotate", "{}", [](std::string_view) { return false; }));
    while (!port.console.told_to_stop)
        std::this_thread::yield();
}

TEST_CASE("admin port: a file that a killed server left is told as such") {
    Port port;
    auto const address = *read_admin_file(port.home.path());
    port.server->stop();
    REQUIRE(write_admin_file(port.home.path(), *address));
    auto const nobody = port.run("inspect", "{}");
    REQUIRE(!nobody);
    CHECK(nobody.error().fault == Fault::unreachable);
    CHECK(nobody.error().what.find("no server runs on") != std::string::npos);
}

TEST_CASE("admin port: another server at the address of a killed one is not taken for it") {
    Port port;
    Port other;
    REQUIRE(write_admin_file(port.home.path(), {other.server->url(), port.token()}));
    auto const wrong = port.run("gc", "{}");
    REQUIRE(!wrong);
    CHECK(wrong.error().fault == Fault::unreachable);
    CHECK(other.console.asked.empty());
}

TEST_CASE("admin port: a damaged file is told, an absent one is none") {
    TempDir home;
    auto const absent = test::sure(read_admin_file(home.path()));
    CHECK(!absent->has_value());
    std::ofstream(admin_file_path(home.path())) << "{\"url\":";
    auto const damaged = read_admin_file(home.path());
    REQUIRE(!damaged);
    CHECK(damaged.error().fault == Fault::corrupt);
}

TEST_CASE("admin port: it listens on this machine and nowhere else") {
    TempDir home;
    FakeConsole console;
    for (auto const* host : {"0.0.0.0", "::", "192.168.1.1", "example.com", ""}) {
        CAPTURE(host);
        auto const started = AdminServer::start(console, {.data = home.path(), .host = host});
        REQUIRE(!started);
        CHECK(started.error().fault == Fault::invalid);
    }
    Port port;
    auto const number = port.server->url().substr(port.server->url().rfind(':') + 1);
    auto const taken = AdminServer::start(
        console, {.data = home.path(), .port = static_cast<std::uint16_t>(std::stoul(number))});
    REQUIRE(!taken);
    CHECK(taken.error().what.find("--admin-listen") != std::string::npos);
}
