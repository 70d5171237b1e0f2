// The last messages of a stream: ?last=N.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace ds::test;

namespace {

std::string line(int number) {
    return std::to_string(number) + "\n";
}
std::string lines(int from, int to) {
    std::string all;
    for (int i = from; i < to; ++i)
        all += line(i);
    return all;
}

Headers const k_lines{{"Content-Type", "text/plain"}, {"Stream-Framing", "lines"}};

} // namespace

TEST_CASE("last: so many messages before the tail, of any type, in every mode") {
    auto const json = create_json("last-json", "[1,2,3]");
    REQUIRE(ask("POST", json, k_json, "[4,5]").status == 204);
    CHECK(ask("GET", json + "?last=1").body == "[5]");
    CHECK(ask("GET", json + "?last=4").body == "[2,3,4,5]");
    CHECK(ask("GET", json + "?last=99").body == "[1,2,3,4,5]");
    auto const page = ask("GET", json + "?offset=-1&last=3&limit=2");
    CHECK(page.body == "[3,4]");
    CHECK(ask("GET", json + "?offset=" + page["Stream-Next-Offset"]).body == "[5]");

    // Appends, and lines where an append was framed.
    auto const text = create_text("last-text", "whole;");
    REQUIRE(ask("POST", text, k_lines, lines(0, 10)).status == 204);
    append_text(text, "end");
    CHECK(ask("GET", text + "?last=1").body == "end");
    CHECK(ask("GET", text + "?last=3").body == "8\n9\nend");
    CHECK(ask("GET", text + "?last=11").body == lines(0, 10) + "end");
    CHECK(ask("GET", text + "?last=12").body == "whole;" + lines(0, 10) + "end");
    CHECK(ask("GET", text + "?last=99").body == "whole;" + lines(0, 10) + "end");
    CHECK(ask("GET", text + "?last=2&offset=-1&live=long-poll").body == "9\nend");
    EventStream live(server().port(), text + "?last=2&live=sse");
    CHECK(live.until_up_to_date() == std::vector<std::string>{"9\nend"});
    append_text(text, "more");
    auto const next = live.next();
    REQUIRE(next);
    CHECK(next->payload == "more");
}

TEST_CASE("last: the append that closes a stream may fill its segment") {
    ServerUnderTest server({"--rotate-messages", "5"});
    auto const path = create_text(server, "last-closed");
    for (int number = 0; number < 4; ++number)
        REQUIRE(ask(server, "POST", path, k_text, line(number)).status == 204);
    auto const closing = with(k_text, {{"Stream-Closed", "true"}});
    REQUIRE(ask(server, "POST", path, closing, line(4)).status == 204);
    auto const check = [&] {
        CHECK(ask(server, "GET", path + "?last=1").body == line(4));
        CHECK(ask(server, "GET", path + "?last=3").body == lines(2, 5));
    };
    check();
    // Once the segment has moved as well.
    server.stop();
    server.start();
    for (int tries = 0; tries < 20; ++tries) {
        check();
        pause(Wait{100});
    }
}

TEST_CASE("last: it counts only where all would be read, so that a URL can keep it") {
    auto const path = create_text("last-kept", "a");
    auto const a = append_text(path, "b")["Stream-Next-Offset"];
    append_text(path, "c");
    CHECK(ask("GET", path + "?last=1&offset=" + a).body == "c");
    CHECK(ask("GET", path + "?last=3&offset=now").body.empty());
    CHECK(ask("GET", path + "?last=1")["Cache-Control"] == "no-store");
    CHECK(ask("GET", path + "?last=1&offset=-1&live=long-poll")["Cache-Control"] == "no-store");
    for (std::string const bad : {"0", "-1", "1.5", "abc", "01", "+1", "99999999999999999999"})
        CHECK(ask("GET", path + "?last=" + bad).code() == "INVALID_LAST");
    CHECK(ask("GET", path + "?last=").code() == "EMPTY_QUERY_PARAM");
    CHECK(ask("GET", path + "?last=1&last=2").code() == "REPEATED_QUERY_PARAM");
}

TEST_CASE("last: an empty stream has none, and who waits gets the first") {
    auto const path = create_text("last-empty");
    CHECK(ask("GET", path + "?last=5").body.empty());
    EventStream live(server().port(), path + "?last=5&live=sse");
    CHECK(live.until_up_to_date().empty());
    Wire poll(server().port());
    poll.send(request("GET", path + "?last=5&live=long-poll"));
    append_text(path, "first");
    auto const data = live.next();
    REQUIRE(data);
    CHECK(data->payload == "first");
    CHECK(poll.reply().body == "first");
}

TEST_CASE("last: history in the store is searched, not read, and forks reach back into it") {
    ServerUnderTest small({"--rotate-messages", "10", "--segment-cache-bytes", "0",
                           "--tail-cache-bytes", "0", "--page-cache-bytes", "0"});
    auto const path = create_text(small, "last-cold");
    for (int i = 0; i < 104; i += 4)
        REQUIRE(ask(small, "POST", path, k_lines, lines(i, i + 4)).status == 204);
    auto const fork = fresh_path("last-fork");
    REQUIRE(ask(small, "PUT", fork, {{"Stream-Forked-From", path}}, "own").status == 201);
    auto const check = [&] {
        for (int const last : {1, 2, 3, 4, 5, 11, 12, 13, 50, 99, 103, 104, 105}) {
            CAPTURE(last);
            auto const from = std::max(0, 104 - last);
            CHECK(ask(small, "GET", path + "?last=" + std::to_string(last)).body ==
                  lines(from, 104));
            CHECK(ask(small, "GET", fork + "?last=" + std::to_string(last + 1)).body ==
                  lines(from, 104) + "own");
        }
    };
    check();
    REQUIRE(
        run_ds({"rotate", "--online", "--data", small.data()->path() + "/data"}).how.exit_code ==
        0);
    check();
    small.stop();
    small.start();
    check();
}
