// Promises of client/follower.
#include "base/encoding.h"
#include "client/follower.h"
#include "fakes/scripted_fetch.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds;
using namespace ds::test;

namespace {

Step page(std::string const& type, std::string const& body, std::string const& next,
          HeaderMap more = {}) {
    more.add("Content-Type", type);
    more.add("Stream-Next-Offset", next);
    return answers(200, more, body);
}
HeaderMap const k_up_to_date{{"Stream-Up-To-Date", "true"}};
HeaderMap const k_closed{{"Stream-Up-To-Date", "true"}, {"Stream-Closed", "true"}};

std::string data(std::string const& payload) {
    return "event: data\ndata:" + payload + "\n\n";
}
std::string control(std::string const& next, std::string const& more = "") {
    return "event: control\ndata:{\"streamNextOffset\":\"" + next + "\",\"streamCursor\":\"7\"" +
           more + "}\n\n";
}
std::string const k_closed_mark = ",\"streamClosed\":true";

struct Output final : FollowOutput {
    std::string bytes;
    std::vector<std::string> interruptions;
    std::size_t most = std::string::npos;

    Flow on_bytes(std::string_view more) override {
        bytes.append(more);
        return bytes.size() >= most ? Flow::stop : Flow::more;
    }
    void on_interruption(std::string_view why) override { interruptions.emplace_back(why); }
};

struct FollowerWorld {
    explicit FollowerWorld(std::vector<Step> steps, Step forever = nullptr)
        : fetch(std::move(steps), std::move(forever)),
          client(fetch, "http://h/", "secret"),
          follower(client, *parse_stream_name("p/s"), Backoff(1), [this](auto) { ++waits; }) {}

    Result<Said<FollowEnd>> run(std::string from = "-1", Live live = Live::yes) {
        return follower.run({std::move(from), live}, output);
    }
    // What was asked, as "offset" or "offset live".
    std::vector<std::string> asked() const {
        std::vector<std::string> all;
        for (auto const& one : fetch.asked) {
            auto const query = one.url.substr(one.url.find('=') + 1);
            auto const live = query.find("live=sse") != std::string::npos;
            all.push_back(query.substr(0, query.find('&')) + (live ? " live" : ""));
        }
        return all;
    }

    int waits = 0;
    ScriptedFetch fetch;
    StreamClient client;
    Follower follower;
    Output output;
};

FollowEnd end_of(Result<Said<FollowEnd>> const& outcome) {
    REQUIRE(outcome);
    REQUIRE(std::holds_alternative<FollowEnd>(*outcome));
    return std::get<FollowEnd>(*outcome);
}

using Asked = std::vector<std::string>;

} // namespace

TEST_CASE("follower: pages follow each other until the tail, and end there without live") {
    FollowerWorld world({page("text/plain", "one\n", "1"), page("text/plain", "two\r\n", "2"),
                         page("text/plain", "", "2", k_up_to_date)});
    CHECK(end_of(world.run("-1", Live::no)) == FollowEnd::caught_up);
    CHECK(world.output.bytes == "one\ntwo\r\n");
    CHECK(world.asked() == Asked{"-1", "1", "2"});
    CHECK(world.fetch.asked.at(0).url == "http://h/v1/stream/p/s?offset=-1");
    CHECK(world.fetch.asked.at(0).header("Authorization") == "Bearer secret");
}

TEST_CASE("follower: JSON comes out one message per line, from pages and from events alike") {
    FollowerWorld world(
        {page("application/json", "[{\"a\": 1}, [2] ,\"\\n\"]", "3", k_up_to_date),
         streams({data("[4]") + control("4"), data("[5,6]"), control("6", k_closed_mark)})});
    CHECK(end_of(world.run()) == FollowEnd::closed);
    CHECK(world.output.bytes == "{\"a\": 1}\n[2]\n\"\\n\"\n4\n5\n6\n");
    CHECK(world.asked() == Asked{"-1", "3 live"});
}

TEST_CASE("follower: binary events are decoded, however they were cut") {
    auto const bytes = std::string("\0\r\n\xff", 4);
    auto const text = base64_encode(bytes);
    auto const stream =
        data(text.substr(0, 2) + "\ndata:" + text.substr(2)) + control("4", k_closed_mark);
    std::vector<std::string> pieces;
    for (char const c : stream)
        pieces.emplace_back(1, c);
    FollowerWorld world({page("image/png", "", "0", k_up_to_date), streams(pieces)});
    CHECK(end_of(world.run()) == FollowEnd::closed);
    CHECK(world.output.bytes == bytes);
}

TEST_CASE("follower: text events only wake it, and one page brings the exact bytes of many") {
    FollowerWorld world({page("text/plain", "", "0", k_up_to_date),
                         streams({data("a\ndata:") + control("2") + data("b\ndata:") + control("5"),
                                  data("c") + control("6", k_closed_mark)}),
                         page("text/plain", "a\nb\r\n", "5", k_up_to_date),
                         page("text/plain", "c", "6", k_up_to_date)});
    CHECK(end_of(world.run()) == FollowEnd::closed);
    CHECK(world.output.bytes == "a\nb\r\nc");
    CHECK(world.asked() == Asked{"-1", "0 live", "0", "5"});
}

TEST_CASE("follower: events behind a page that went further are skipped, not repeated") {
    FollowerWorld world(
        {page("application/json", "[]", "0", k_up_to_date),
         // Two lines: the event may have lost a carriage return, so it is read as a page.
         streams({data("[1\ndata:]") + control("1"), data("[2]") + control("2"),
                  data("[3,4]") + control("4"), data("[5]") + control("5", k_closed_mark)}),
         page("application/json", "[1,2,3]", "3"),
         page("application/json", "[4]", "4", k_up_to_date)});
    CHECK(end_of(world.run()) == FollowEnd::closed);
    CHECK(world.output.bytes == "1\n2\n3\n4\n5\n");
    CHECK(world.asked() == Asked{"-1", "0 live", "0", "3"});
}

TEST_CASE("follower: resumes at the last offset after a broken connection, and says so once") {
    FollowerWorld world(
        {page("application/json", "[1]", "1", k_up_to_date),
         // The data event is not counted: its control event never came.
         streams({data("[2]") + control("2"), data("[3]")}, Error{Fault::io, "reset"}),
         breaks(Fault::unreachable, "refused"), breaks(Fault::unreachable, "refused"), answers(503),
         page("application/json", "[3]", "3", k_up_to_date),
         streams({data("[4]") + control("4", k_closed_mark)})});
    CHECK(end_of(world.run()) == FollowEnd::closed);
    CHECK(world.output.bytes == "1\n2\n3\n4\n");
    CHECK(world.asked() == Asked{"-1", "1 live", "2", "2", "2", "2", "3 live"});
    CHECK(world.waits == 4);
    CHECK(world.output.interruptions == std::vector<std::string>{"reset"});
}

TEST_CASE("follower: after live progress, the next interruption is told again") {
    FollowerWorld world({page("application/json", "[]", "0", k_up_to_date),
                         streams({control("0")}, Error{Fault::io, "first"}),
                         page("application/json", "[]", "0", k_up_to_date),
                         streams({data("[1]") + control("1")}, Error{Fault::io, "second"}),
                         page("application/json", "[]", "1", k_closed)});
    CHECK(end_of(world.run()) == FollowEnd::closed);
    CHECK(world.output.interruptions == std::vector<std::string>{"first", "second"});
}

TEST_CASE("follower: a live connection that the server ends is no interruption") {
    FollowerWorld world({page("application/json", "[]", "0", k_up_to_date), streams({control("0")}),
                         page("application/json", "[]", "0", k_up_to_date),
                         streams({data("[1]") + control("1", k_closed_mark)})});
    CHECK(end_of(world.run()) == FollowEnd::closed);
    CHECK(world.waits == 0);
    CHECK(world.fetch.asked.at(3).url.ends_with("offset=0&live=sse&cursor=7"));
}

TEST_CASE("follower: a live connection that ends at once is waited out") {
    FollowerWorld world({page("application/json", "[]", "0", k_up_to_date), streams({}),
                         page("application/json", "[]", "0", k_closed)});
    CHECK(end_of(world.run()) == FollowEnd::closed);
    CHECK(world.waits == 1);
}

TEST_CASE("follower: a stream that is gone ends it with the server's answer") {
    FollowerWorld world(
        {page("text/plain", "x", "1", k_up_to_date),
         answers(404, {}, R"({"code":"STREAM_NOT_FOUND","error":"stream not found"})")});
    auto const outcome = world.run();
    REQUIRE(outcome);
    auto const* denial = std::get_if<Denial>(&*outcome);
    REQUIRE(denial != nullptr);
    CHECK(denial->status == 404);
    CHECK(denial->code == "STREAM_NOT_FOUND");
}

TEST_CASE("follower: a server that answers, but not yet with a page, is waited for, and not for "
          "ever") {
    FollowerWorld world({answers(503), breaks(Fault::io, "reset"), breaks(Fault::unreachable),
                         page("text/plain", "abc", "3", k_closed)});
    CHECK(end_of(world.run()) == FollowEnd::closed);
    CHECK(world.output.bytes == "abc");
    CHECK(world.waits == 3);
    CHECK(world.output.interruptions.size() == 1);

    FollowerWorld busy({}, answers(503));
    auto const outcome = busy.run();
    REQUIRE(outcome);
    CHECK(std::get<Denial>(*outcome).status == 503);
    CHECK(busy.waits > 5);
}

TEST_CASE("follower: a server that was never reached is not asked twice") {
    FollowerWorld world({breaks(Fault::unreachable, "refused")});
    auto const outcome = world.run();
    REQUIRE(!outcome);
    CHECK(outcome.error().fault == Fault::unreachable);
    CHECK(world.waits == 0);
}

TEST_CASE("follower: an output that wants no more ends it") {
    FollowerWorld world({page("text/plain", "abc", "3")});
    world.output.most = 2;
    CHECK(end_of(world.run()) == FollowEnd::stopped);
}

TEST_CASE("follower: something that is no Durable Streams server is called so") {
    FollowerWorld world({answers(200, {{"Content-Type", "text/html"}}, "<html>")});
    auto const outcome = world.run();
    REQUIRE(!outcome);
    CHECK(outcome.error().fault == Fault::corrupt);
    CHECK(outcome.error().what.find("http://h") != std::string::npos);
}

TEST_CASE("follower: data that is announced and never returned does not spin") {
    FollowerWorld world(
        {page("text/plain", "", "0", k_up_to_date), streams({data("x") + control("1")}),
         page("text/plain", "", "0", k_up_to_date), page("text/plain", "x", "1", k_closed)});
    CHECK(end_of(world.run()) == FollowEnd::closed);
    CHECK(world.waits == 1);
    CHECK(world.output.bytes == "x");
}
