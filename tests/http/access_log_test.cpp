// The access log of a real server: what is in it, and what never is.
#include "http/access_table.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace ds::test;
using nlohmann::json;

namespace {

std::vector<json> requests_in(std::string const& log) {
    std::vector<json> found;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        auto const told = json::parse(line, nullptr, false);
        if (told.is_object() && told.value("event", "") == "request") found.push_back(told);
    }
    return found;
}

} // namespace

TEST_CASE("access log: all of it names method, path, status, time, bytes, project and client") {
    ServerUnderTest server({"--access-log", "all"});
    CHECK(ask(server, "PUT", "/v1/stream/shop/a", k_text, "words").status == 201);
    CHECK(ask(server, "GET", "/v1/stream/shop/a?offset=-1&token=SECRET1&rk=SECRET2&x=SECRET3",
              {{"Authorization", "Bearer SECRET4"}, {"Cookie", "ds_token=SECRET5"}})
              .body == "words");
    {
        Wire live(server.port(), 0, server.over());
        live.send(request("GET", "/v1/stream/shop/a?offset=-1&live=sse"));
        CHECK(live.reply_head().status == 200);
        CHECK(live.chunk().find("words") != std::string::npos);
    }
    REQUIRE(eventually([&] { return requests_in(server.log()).size() == 3; }));
    auto const told = requests_in(server.log());
    CHECK(told[0]["method"] == "PUT");
    CHECK(told[0]["status"] == 201); // numbers are numbers
    CHECK(told[1]["method"] == "GET");
    CHECK(told[1]["path"] == "/v1/stream/shop/a?offset=-1&token=...&rk=...&x=...");
    CHECK(told[1]["status"] == 200);
    CHECK(told[1]["bytes"] == 5);
    CHECK(told[1]["ms"].is_number());
    CHECK(told[1]["ms"].get<double>() < 60'000);
    CHECK(told[1]["project"] == "shop");
    CHECK(told[1]["client"] == "127.0.0.1");
    CHECK(told[2]["path"] == "/v1/stream/shop/a?offset=-1&live=sse");
    CHECK(told[2]["bytes"].get<int>() > 5);
    CHECK(server.log().find("SECRET") == std::string::npos);
}

TEST_CASE("access log: what was refused is logged unasked, but fills no disk") {
    ServerUnderTest server({"--auth", "projects", "--io-threads", "1"});
    Wire wire(server.port(), 0, server.over());
    constexpr int k_asked = 300;
    for (int i = 0; i < k_asked; ++i) {
        wire.send(request("GET", "/v1/stream/shop/a"));
        CHECK(wire.reply().status == 401);
    }
    auto const told = requests_in(server.log());
    CHECK(told.size() >= 100);
    CHECK(told.size() <= 200); // 100, and one for each second that this took
    CHECK(told[0]["status"] == 401);
    CHECK(told[0]["path"] == "/v1/stream/shop/a");
    ServerUnderTest quiet({"--auth", "projects", "--access-log", "off"});
    CHECK(ask(quiet, "GET", "/v1/stream/shop/a").status == 401);
    CHECK(ask(quiet, "GET", "/health").status == 200);
    CHECK(requests_in(quiet.log()).empty());
}

TEST_CASE("access log: the start says what runs, and how") {
    ServerUnderTest server({"--auth", "projects"});
    std::istringstream lines(server.log());
    json told;
    for (std::string line; std::getline(lines, line);)
        if (line.find("serve.listening") != std::string::npos) told = json::parse(line);
    CHECK(told["auth"] == "projects");
    CHECK(told["tls"].is_boolean());
    CHECK(told["version"].is_string());
    CHECK(told["store"].get<std::string>().find("cold") != std::string::npos);
    CHECK(told["data"] == server.data()->path() + "/data");
}
