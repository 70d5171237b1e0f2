// What one append becomes: however it is copied, the server lives, stays small, and pays what it
// owes after a restart as well.
#include "http/guarded.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

using namespace ds::test;
using ds::TokenScope;
using nlohmann::json;

namespace {

constexpr std::size_t k_mib = 1024 * 1024;

// The server of this directory never had more.
void check_stayed_below(ServerUnderTest const& server, std::size_t bytes) {
    for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream command(entry.path() / "cmdline");
        std::string const words((std::istreambuf_iterator<char>(command)), {});
        if (words.find(server.data()->path()) == std::string::npos) continue;
        std::ifstream status(entry.path() / "status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("VmHWM:")) {
                CAPTURE(line);
                bool const below = std::stoul(line.substr(6)) * 1024 < bytes;
                CHECK((below || server.is_sanitized()));
                return;
            }
    }
    FAIL("the server is not there");
}

std::string array_of(std::string const& number, std::size_t count) {
    std::string text = "[" + number;
    while (--count > 0)
        text += "," + number;
    return text + "]";
}

int subscribe(ServerUnderTest& server, std::string const& source, std::string const& id,
              json more = {{"mode", "envelope"}}) {
    more["estuaryId"] = id;
    return ask(server, "POST", "/v1/estuary/subscribe/p/" + source, k_json, more.dump()).status;
}

json content_of(ServerUnderTest& server, std::string const& id) {
    auto const reply = ask(server, "GET", "/v1/stream/p/" + id);
    CHECK(reply.status == 200);
    return json::parse(reply.body);
}

// It is well, and has told each of them where the source goes on.
void check_told(ServerUnderTest& server, std::string const& source, int estuaries) {
    auto const tail = ask(server, "HEAD", "/v1/stream/p/" + source)["Stream-Next-Offset"];
    for (int i = 0; i < estuaries; ++i) {
        auto const id = source.substr(0, 1) + std::to_string(i);
        REQUIRE(eventually([&] { return content_of(server, id).size() == 1; }));
        auto const notice = content_of(server, id).front();
        CHECK(notice["type"] == "notify");
        CHECK(notice["stream"] == source);
        CHECK(notice["offset"] == tail);
    }
    CHECK(ask(server, "GET", "/health").body == "ok");
}

} // namespace

TEST_CASE("bombs: seventeen envelopes of as many numbers as an append may have") {
    ServerUnderTest server;
    auto const source = std::string(165, 'n');
    CHECK(ask(server, "PUT", "/v1/stream/p/" + source, k_json).status == 201);
    for (int i = 0; i < 17; ++i)
        CHECK(subscribe(server, source, "n" + std::to_string(i)) == 200);
    auto const ones = ask(server, "POST", "/v1/stream/p/" + source, k_json, array_of("1", 262'145));
    CHECK(ones.status == 400);
    CHECK(ones.body.find("more than 262144 elements") != std::string::npos);
    auto const body = array_of("1" + std::string(30, '0'), 262'143);
    CHECK(ask(server, "POST", "/v1/stream/p/" + source, k_json, body).status == 204);
    server.kill();
    server.start();
    check_told(server, source, 17);
    check_stayed_below(server, 300 * k_mib);
    // The source has all of it.
    auto const head = ask(server, "HEAD", "/v1/stream/p/" + source);
    CHECK(std::stoull(head["Stream-Next-Offset"].substr(0, 16)) > 0);
    auto const ended = server.stop();
    CHECK(ended.exit_code == 0);
    server.start();
    check_told(server, source, 17);
}

TEST_CASE("bombs: as many lines as an append may have, and bytes that are no text") {
    ServerUnderTest server;
    auto const source = std::string(45, 'l');
    CHECK(ask(server, "PUT", "/v1/stream/p/" + source, k_text).status == 201);
    CHECK(subscribe(server, source, "l0") == 200);
    CHECK(subscribe(server, source, "l1", {{"mode", "envelope"}, {"notifyAbove", 1}}) == 200);
    auto const in_lines = with(k_text, {{"Stream-Framing", "lines"}});
    std::string lines;
    for (int i = 0; i < 262'144; ++i)
        lines.append(31, 'x').push_back('\n');
    CHECK(ask(server, "POST", "/v1/stream/p/" + source, in_lines, lines + "\n").refusal() ==
          "400 TOO_MANY_LINES");
    CHECK(ask(server, "POST", "/v1/stream/p/" + source, in_lines, lines).status == 204);
    check_told(server, source, 2);
    // What fits is given whole, as ever.
    std::string const bytes(8 * k_mib, '\xff');
    CHECK(ask(server, "PUT", "/v1/stream/p/bytes", {{"Content-Type", "application/octet-stream"}})
              .status == 201);
    CHECK(subscribe(server, "bytes", "b0") == 200);
    CHECK(ask(server, "POST", "/v1/stream/p/bytes", {{"Content-Type", "application/octet-stream"}},
              bytes)
              .status == 204);
    REQUIRE(eventually([&] { return content_of(server, "b0").size() == 1; }));
    CHECK(content_of(server, "b0")[0]["payload"].get<std::string>().size() ==
          (8 * k_mib + 2) / 3 * 4);
    check_stayed_below(server, 400 * k_mib);
}

TEST_CASE("bombs: a chain of estuaries has an end, and quotes double only for a while") {
    ServerUnderTest server;
    CHECK(ask(server, "PUT", "/v1/stream/p/c", k_text).status == 201);
    std::string source = "c";
    for (int i = 0; i < 8; ++i) {
        auto const id = "c" + std::to_string(i);
        CHECK(subscribe(server, source, id) == 200);
        source = id;
    }
    CHECK(ask(server, "POST", "/v1/estuary/subscribe/p/" + source, k_json,
              R"({"estuaryId":"c8","mode":"envelope"})")
              .refusal() == "409 ESTUARY_CHAIN");
    CHECK(ask(server, "POST", "/v1/stream/p/c", k_text, std::string(4 * k_mib, '"')).status == 204);
    CHECK(eventually([&] { return content_of(server, "c7").size() == 1; }));
    CHECK(content_of(server, "c0")[0]["payload"] == std::string(4 * k_mib, '"'));
    CHECK(content_of(server, "c7")[0]["stream"] == "c6");
    check_stayed_below(server, 400 * k_mib);
}

TEST_CASE("bombs: a reader makes so many estuaries, and the owner does not suffer") {
    auto& server = guarded().server();
    auto const put = [&](std::string const& more) {
        return guarded().put_settings("flood", settings(k_shop_secret, more));
    };
    CHECK(put(R"(,"maxEstuaries":-1)").status == 400);
    CHECK(put(R"(,"maxEstuaries":"9")").status == 400);
    REQUIRE(put("").status == 201);
    auto const shown = ask(server, "GET", "/v1/config/flood", bearer(k_admin)).body;
    CHECK(json::parse(shown)["maxEstuaries"] == 1000);
    REQUIRE(put(R"(,"maxEstuaries":300)").status == 200);
    auto const reader = with(bearer(token(TokenScope::read, k_shop_secret, "flood")), k_json);
    auto const owner = with(bearer(token(TokenScope::write, k_shop_secret, "flood")), k_text);
    CHECK(ask(server, "PUT", "/v1/stream/flood/s", owner).status == 201);
    int made = 0;
    for (int i = 0; i < 320; ++i) {
        auto const reply = ask(server, "POST", "/v1/estuary/subscribe/flood/s", reader,
                               json{{"estuaryId", "e" + std::to_string(i)}}.dump());
        made += reply.status == 200 ? 1 : 0;
        if (reply.status == 200) continue;
        CHECK(reply.refusal() == "429 TOO_MANY_ESTUARIES");
    }
    CHECK(made == 300);
    for (int i = 0; i < 60; ++i)
        CHECK(ask(server, "POST", "/v1/stream/flood/s", owner, std::string(900, 'x')).status ==
              204);
    CHECK(eventually([&] {
        return ask(server, "GET", "/v1/stream/flood/e299", reader).body.size() == 60 * 900;
    }));
}
