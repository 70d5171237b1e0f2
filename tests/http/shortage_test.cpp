// A server that runs out of descriptors or of memory: it says so, answers what it can, and lives.
#include "http/server_under_test.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

using namespace ds::test;

namespace {

using ds::test::times;

std::uint64_t open_files(ServerUnderTest const& of) {
    auto const path = "/proc/" + std::to_string(of.pid()) + "/fd";
    std::filesystem::directory_iterator const all(path);
    return static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
}

// In bytes; of what it has reserved, not of what it uses.
std::uint64_t address_space(ServerUnderTest const& of) {
    std::ifstream file("/proc/" + std::to_string(of.pid()) + "/statm");
    std::uint64_t pages = 0;
    file >> pages;
    return pages * 4096;
}

void limit(ServerUnderTest const& of, __rlimit_resource what, std::uint64_t most) {
    rlimit now{};
    REQUIRE(::prlimit(of.pid(), what, nullptr, &now) == 0);
    now.rlim_cur = std::min(most, now.rlim_max); // so that it can be raised again
    REQUIRE(::prlimit(of.pid(), what, &now, nullptr) == 0);
}

} // namespace

TEST_CASE("shortage: without descriptors connections are told, and the log has two lines") {
    ServerUnderTest server;
    auto const path = create_text(server, "descriptors", "here");
    Wire known(server.port());
    known.send(request("GET", path));
    CHECK(known.reply().body == "here");
    limit(server, RLIMIT_NOFILE, open_files(server) + 5);

    std::size_t told = 0;
    {
        std::vector<std::unique_ptr<Wire>> many;
        for (int number = 0; number < 40; ++number) {
            try {
                many.push_back(std::make_unique<Wire>(server.port()));
                many.back()->send_if_open(request("GET", "/health"));
                auto const reply = many.back()->reply();
                told += reply.status == 503 && reply.code() == "TOO_MANY_CONNECTIONS" ? 1 : 0;
            } catch (WireError const&) { // over TLS: to say it would take a handshake
                ++told;
            }
        }
        CHECK(told >= 30);
        known.send(request("GET", path));
        CHECK(known.reply().body == "here");
    }
    CHECK(eventually([&] { return server.log().find("accept.well") != std::string::npos; }));
    auto const log = server.log();
    CHECK(times(log, "accept.failed") == 1);
    CHECK(times(log, "accept.well") == 1);
    CHECK(log.find("LimitNOFILE") != std::string::npos);
    CHECK(ask(server, "GET", path).body == "here");
}

TEST_CASE("shortage: a request that finds no memory is cut, and the server lives") {
    ServerUnderTest server;
    if (server.is_sanitized()) return; // which ends the program itself when memory ends
    auto const path = create_text(server, "memory", "kept");
    limit(server, RLIMIT_AS, address_space(server) + (std::uint64_t{32} << 20));
    std::string const large(8'000'000, 'x');
    std::vector<std::unique_ptr<Wire>> held;
    for (int number = 0; number < 16; ++number) {
        try {
            held.push_back(std::make_unique<Wire>(server.port()));
            auto const text = request("POST", path, k_text, large);
            held.back()->send_if_open(text.substr(0, text.size() - 1));
        } catch (WireError const&) { // there was no memory for the connection either
        }
    }
    held.clear();
    REQUIRE(server.running());
    limit(server, RLIMIT_AS, RLIM_INFINITY);
    CHECK(eventually([&] { return ask(server, "GET", path).body == "kept"; }));
    CHECK(ask(server, "POST", path, k_text, ", and more").status == 204);
    CHECK(ask(server, "GET", path).body == "kept, and more");
}
