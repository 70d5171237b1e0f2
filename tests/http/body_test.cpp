// Bodies: whoever would be refused in any case is told before the body is taken; none is held that
// stands still, and all together have a bound.
#include "http/server_under_test.h"
#include "http/wire.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace ds::test;

namespace {

std::string head(std::string const& path, std::size_t length, std::string const& more = {},
                 std::string const& method = "POST") {
    return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n" +
           "Content-Length: " + std::to_string(length) + "\r\n" + more + "\r\n";
}

Reply answer_to(ServerUnderTest const& server, std::string const& bytes) {
    Wire wire(server.port(), 0, server.over());
    wire.send(bytes);
    return wire.reply();
}

std::string text_of(std::filesystem::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Resident memory of the server, in MiB: of the process whose command line names its data.
double memory_of(ServerUnderTest const& server) {
    std::filesystem::path process;
    for (auto const& entry : std::filesystem::directory_iterator("/proc"))
        if (text_of(entry.path() / "cmdline").find(server.data()->path()) != std::string::npos)
            process = entry.path();
    std::istringstream status(text_of(process / "status"));
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

} // namespace

TEST_CASE("body: without a token the head is answered, and 100 Continue is not said") {
    ServerUnderTest server({"--auth", "projects"});
    for (std::string const path :
         {"/v1/stream/shop/a", "/v1/estuary/publish/shop/a", "/v1/estuary/subscribe/shop/a",
          "/v1/config/shop", "/v1/reader-key/shop/a"}) {
        CAPTURE(path);
        CHECK(answer_to(server, head(path, 1000)).status == 401);
        CHECK(answer_to(server, head(path, 1000, "Expect: 100-continue\r\n")).status == 401);
    }
    CHECK(answer_to(server, head("/v1/stream/shop/a", 1000, {}, "PUT")).status == 401);
}

TEST_CASE("body: large ones of strangers are not kept") {
    ServerUnderTest server({"--auth", "projects"});
    auto const before = memory_of(server);
    std::string const part(512 * 1024, 'x');
    std::vector<Wire> wires;
    for (int i = 0; i < 20; ++i) {
        auto& wire = wires.emplace_back(server.port(), 0, server.over());
        wire.send_if_open(head("/v1/stream/shop/a", 8'000'000));
        for (int piece = 0; piece < 8; ++piece)
            wire.send_if_open(part);
    }
    for (auto& wire : wires)
        CHECK(wire.reply().status == 401);
    CHECK(memory_of(server) - before < 64);
}

TEST_CASE("body: only appends may be large") {
    ServerUnderTest server;
    auto const large = std::size_t{300} * 1024;
    CHECK(answer_to(server, head("/v1/estuary/subscribe/shop/a", large)).status == 413);
    CHECK(answer_to(server, head("/v1/config/shop", large)).status == 401); // never open
    CHECK(answer_to(server, head("/nothing", large)).status == 413);
    auto const stream = std::string("/v1/stream/shop/large");
    CHECK(ask(server, "PUT", stream, {{"Content-Type", "text/plain"}}).status == 201);
    CHECK(answer_to(server, head(stream, large) + std::string(large, 'x')).status == 204);
}

TEST_CASE("body: a head is judged for what its route is about") {
    ServerUnderTest server({"--auth", "projects"});
    auto const data = server.data()->path() + "/data";
    auto const token_of = [&](std::string const& project) {
        CHECK(run_ds({"create-project", project, "--online", "--data", data}).how.exit_code == 0);
        auto text =
            run_ds({"token", project, "--scope", "manage", "--online", "--data", data}).output;
        while (text.ends_with('\n'))
            text.pop_back();
        return "Authorization: Bearer " + text + "\r\n";
    };
    auto const shop = token_of("shop");
    // The body comes after the head was judged.
    auto const late = [&](std::string const& path, std::string const& credentials) {
        Wire wire(server.port(), 0, server.over());
        wire.send(head(path, 2, credentials));
        CHECK(wire.stays_silent(Wait{300}));
        wire.send("{}");
        return wire.reply().status;
    };
    CHECK(late("/v1/config/sh%6Fp", shop) == 200);
    // Without a project it is a stream of the default one.
    CHECK(late("/v1/reader-key/a", token_of("_default")) == 404);
    // A project whose name begins like a route is no route.
    auto const large = std::size_t{300} * 1024;
    auto const publisher = token_of("publisher");
    CHECK(answer_to(server, head("/v1/estuary/publisher/inbox/ack", large, publisher)).status ==
          413);
}

TEST_CASE("body: what trickles is cut, what flows may take longer than a head") {
    ServerUnderTest server({"--header-timeout", "2"});
    auto const stream = std::string("/v1/stream/shop/slow");
    CHECK(ask(server, "PUT", stream, {{"Content-Type", "text/plain"}}).status == 201);
    Wire drip(server.port(), 0, server.over());
    drip.send(head(stream, 1000));
    for (int i = 0; i < 30; ++i) {
        drip.send_if_open("x");
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    CHECK(drip.reply().status == 408);
    // 64 KiB earn 16 seconds at the least rate.
    Wire flow(server.port(), 0, server.over());
    flow.send(head(stream, 64 * 1024 + 1) + std::string(64 * 1024, 'x'));
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    flow.send("x");
    CHECK(flow.reply().status == 204);
}

TEST_CASE("body: all together have a bound, and what is refused gives its part back") {
    ServerUnderTest server({"--body-budget", "1048576"});
    auto const stream = std::string("/v1/stream/shop/budget");
    CHECK(ask(server, "PUT", stream, {{"Content-Type", "text/plain"}}).status == 201);
    std::string const much(2 * 1024 * 1024, 'x');
    for (int i = 0; i < 3; ++i) {
        Wire wire(server.port(), 0, server.over());
        wire.send_if_open(head(stream, much.size()));
        wire.send_if_open(much);
        auto const refused = wire.reply();
        CHECK(refused.status == 503);
        CHECK(refused.code() == "BUSY");
        CHECK(refused.has("Retry-After"));
    }
    auto const most = much.substr(0, 900 * 1024);
    CHECK(answer_to(server, head(stream, most.size()) + most).status == 204);
}

TEST_CASE("body: JSON that nests without end is refused, and costs nothing") {
    ServerUnderTest server;
    auto const nested = std::string(60'000, '[');
    auto const began = std::chrono::steady_clock::now();
    for (std::string const path :
         {"/v1/estuary/subscribe/shop/a", "/v1/stream/shop/__ds/subscriptions/x"}) {
        CAPTURE(path);
        auto const method = path.find("__ds") == std::string::npos ? "POST" : "PUT";
        CHECK(ask(server, method, path, {{"Content-Type", "application/json"}}, nested).status ==
              400);
    }
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
}

TEST_CASE("body: strangers use up nothing of a project's limits") {
    ServerUnderTest server({"--auth", "projects", "--limit-project-requests", "5",
                            "--limit-project-connections", "2"});
    auto const made =
        run_ds({"create-project", "shop", "--online", "--data", server.data()->path() + "/data"});
    CHECK(made.how.exit_code == 0);
    auto const signed_token = run_ds({"token", "shop", "--scope", "manage", "--online", "--data",
                                      server.data()->path() + "/data"});
    auto token = signed_token.output;
    while (token.ends_with('\n'))
        token.pop_back();
    Headers const good{{"Authorization", "Bearer " + token}, {"Content-Type", "text/plain"}};
    std::vector<Wire> strangers;
    for (int i = 0; i < 20; ++i) {
        auto& wire = strangers.emplace_back(server.port(), 0, server.over());
        wire.send(request("GET", "/v1/stream/shop/a"));
        CHECK(wire.reply().status == 401);
    }
    CHECK(ask(server, "PUT", "/v1/stream/shop/a", good).status == 201);
    int limited = 0;
    for (int i = 0; i < 20; ++i)
        limited += ask(server, "HEAD", "/v1/stream/shop/a", good).status == 429 ? 1 : 0;
    CHECK(limited > 0);
}
