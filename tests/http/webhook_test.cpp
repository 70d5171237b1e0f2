// Webhooks of the real server: whoever hangs holds up himself.
#include "http/guarded.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <string>

using namespace ds::test;
using nlohmann::json;

namespace {

// A receiver that takes connections, as the kernel does for it, and never says a word.
class Silent {
public:
    Silent() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_, any, size) == 0);
        REQUIRE(::listen(listener_, 64) == 0);
        REQUIRE(::getsockname(listener_, any, &size) == 0);
        port_ = ntohs(address.sin_port);
    }
    ~Silent() { ::close(listener_); }
    Silent(Silent const&) = delete;
    Silent& operator=(Silent const&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
    // Whether somebody has called within that time, or is calling.
    bool is_called_within(std::chrono::milliseconds time) const {
        pollfd waiting{listener_, POLLIN, 0};
        return ::poll(&waiting, 1, static_cast<int>(time.count())) == 1;
    }

private:
    int listener_;
    std::uint16_t port_ = 0;
};

void subscribe(ServerUnderTest& server, std::string const& project, int number,
               std::string const& url) {
    json const wanted{{"type", "webhook"},
                      {"pattern", "events/*"},
                      {"lease_ttl_ms", 60'000},
                      {"webhook", {{"url", url}}}};
    auto const path = "/v1/stream/" + project + "/__ds/subscriptions/s" + std::to_string(number);
    REQUIRE(ask(server, "PUT", path, k_json, wanted.dump()).status == 201);
}

void write(ServerUnderTest& server, std::string const& project) {
    auto const stream = "/v1/stream/" + project + "/events/a";
    REQUIRE(ask(server, "PUT", stream, k_json, "[1]").status == 201);
}

} // namespace

TEST_CASE("webhook: receivers that hang hold up no other project") {
    constexpr int k_hanging = 24;
    constexpr std::chrono::seconds k_soon{2};
    ServerUnderTest server;
    std::deque<Silent> hanging(k_hanging);
    for (std::string const project : {"greedy", "careless"}) {
        for (int number = 0; number < k_hanging; ++number)
            subscribe(server, project, number, hanging[static_cast<std::size_t>(number)].url());
        write(server, project);
    }
    for (auto const& receiver : hanging)
        CHECK(receiver.is_called_within(k_patience));
    Silent const modest;
    subscribe(server, "modest", 0, modest.url());
    write(server, "modest");
    CHECK(modest.is_called_within(k_soon));
    // Calls that are under way do not keep the server from its end.
    CHECK(server.stop().exit_code == 0);
}
