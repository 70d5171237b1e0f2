// What a browser needs to go on after a reconnect: ids, Last-Event-ID, retry; and characters that
// come in pieces.
#include "http/server_under_test.h"
#include "support/sure.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds::test;

namespace {

Headers last_event(std::string const& id) {
    return {{"Last-Event-ID", id}};
}

std::string const k_smile = "\xf0\x9f\x98\x80";
std::string const k_replaced = "\xef\xbf\xbd";

} // namespace

TEST_CASE("resume: each event that says something new has the offset after it as its id") {
    auto const path = create_text("ids", "one");
    EventStream live(server().port(), path + "?offset=-1&live=sse");
    auto const data = live.next();
    auto control = live.next();
    REQUIRE((data && control));
    auto const wait = std::stoi(data->retry);
    CHECK((wait >= 100 && wait <= 1000));
    CHECK(data->id == control->text("streamNextOffset"));
    CHECK(control->id.empty());
    auto const end = append_text(path, "two")["Stream-Next-Offset"];
    auto const second = sure(live.next());
    CHECK(second->id == end);
    CHECK(second->retry.empty());
    // A control event that comes alone has one too: from then on nothing may be missed.
    EventStream now(server().port(), path + "?offset=now&live=sse");
    control = now.next();
    REQUIRE(control);
    CHECK(control->name == "control");
    CHECK(control->id == end);
    CHECK_FALSE(control->retry.empty());
}

TEST_CASE("resume: Last-Event-ID counts before the offset of the URL") {
    auto const path = create_text("last-event-id", "one,");
    auto const one = append_text(path, "two,")["Stream-Next-Offset"];
    append_text(path, "three,");
    for (std::string const query :
         {"?offset=-1", "?offset=now", "?last=1", "?offset=9999999999999999_9999999999999999"}) {
        CAPTURE(query);
        EventStream live(server().port(), path + query + "&live=sse", last_event(one));
        CHECK(live.until_up_to_date() == std::vector<std::string>{"three,"});
    }
    // Other ways to read do not know it.
    CHECK(ask("GET", path + "?offset=-1", last_event(one)).body == "one,two,three,");
}

TEST_CASE("resume: an id that is not this stream's is passed over, never refused") {
    auto const path = create_text("foreign-id", "all");
    for (std::string const id :
         {"7", "", "-1", "now", "0000000000000000_000000000000000x",
          "0000000000000000_0000000000000004", "9999999999999999_9999999999999999"}) {
        CAPTURE(id);
        EventStream live(server().port(), path + "?offset=-1&live=sse", last_event(id));
        CHECK(live.head().status == 200);
        CHECK(live.until_up_to_date() == std::vector<std::string>{"all"});
    }
    // Of the stream that had this name before.
    auto const old = ask("HEAD", path)["Stream-Next-Offset"];
    REQUIRE(ask("DELETE", path).status == 204);
    REQUIRE(ask("PUT", path, k_text, "new").status == 201);
    EventStream live(server().port(), path + "?offset=-1&live=sse", last_event(old));
    CHECK(live.until_up_to_date() == std::vector<std::string>{"new"});
}

TEST_CASE("resume: a character that comes in pieces comes whole") {
    auto const path = create_text("pieces", "a" + k_smile.substr(0, 2));
    EventStream live(server().port(), path + "?offset=-1&live=sse");
    auto data = sure(live.next());
    CHECK(data->payload == "a");
    CHECK(data->id == "0000000000000000_0000000000000001");
    CHECK(live.until_up_to_date().empty());
    append_text(path, k_smile.substr(2, 1)); // says nothing new
    append_text(path, k_smile.substr(3) + "b");
    data = live.next();
    REQUIRE(data);
    CHECK(data->payload == k_smile + "b");
    // Whoever was cut off before it goes on there, however the read is done.
    EventStream resumed(server().port(), path + "?offset=-1&live=sse",
                        last_event("0000000000000000_0000000000000001"));
    CHECK(resumed.until_up_to_date() == std::vector<std::string>{k_smile + "b"});
    CHECK(ask("GET", path + "?offset=0000000000000000_0000000000000001").body == k_smile + "b");
}

TEST_CASE("resume: half a character waits for the close, and what is no UTF-8 is replaced") {
    auto const path = create_text("half", "a" + k_smile.substr(0, 3));
    EventStream live(server().port(), path + "?offset=-1&live=sse");
    CHECK(live.until_up_to_date() == std::vector<std::string>{"a"});
    close_stream(path);
    auto const data = sure(live.next());
    CHECK(data->payload == k_replaced);
    auto const control = sure(live.next());
    CHECK(control->flag("streamClosed"));
    CHECK(control->text("streamNextOffset") == "0000000000000000_0000000000000004");
    CHECK_FALSE(live.next());

    auto const never = create_text("never", "caf\xe9");
    EventStream reader(server().port(), never + "?offset=-1&live=sse");
    CHECK(reader.until_up_to_date() == std::vector<std::string>{"caf"});
    append_text(never, " au lait");
    auto const rest = sure(reader.next());
    CHECK(rest->payload == k_replaced + " au lait");
    // Bytes stay what they are everywhere else.
    CHECK(ask("GET", never).body == "caf\xe9 au lait");
}

TEST_CASE("resume: no character is cut where a page ends") {
    auto const path = create_text("page-borders");
    std::string all;
    for (int i = 0; all.size() < 1'500'000; ++i)
        all += i % 3 == 0 ? "\xc3\xa9" : i % 3 == 1 ? "\xe2\x82\xac" : k_smile;
    for (std::size_t at = 0; at < all.size(); at += 70'001)
        REQUIRE(append_text(path, all.substr(at, 70'001)).status == 204);
    EventStream live(server().port(), path + "?offset=-1&live=sse");
    std::string got;
    for (auto const& piece : live.until_up_to_date())
        got += piece;
    CHECK(got == all);
    // Ahead of a message that fills a page stands a part of a character.
    auto const tight = create_text("tight", k_smile.substr(0, 1));
    std::string const huge = k_smile.substr(1) + std::string(700'000, 'h');
    append_text(tight, huge);
    EventStream second(server().port(), tight + "?offset=-1&live=sse");
    CHECK(second.until_up_to_date() ==
          std::vector<std::string>{k_smile + std::string(700'000, 'h')});
}

TEST_CASE("resume: a reader who waits for the rest of a character costs nothing meanwhile") {
    ServerUnderTest quiet({"--io-threads", "1"});
    auto const path = create_text(quiet, "quiet", k_smile.substr(0, 2));
    EventStream live(quiet.port(), path + "?offset=-1&live=sse");
    CHECK(live.until_up_to_date().empty());
    auto const before = quiet.processor_time();
    pause(Wait{500});
    CHECK(quiet.processor_time() - before < Wait{200}); // a thread that spins takes all of it
    CHECK(ask(quiet, "POST", path, k_text, k_smile.substr(2)).status == 204);
    auto const data = sure(live.next());
    CHECK(data->payload == k_smile);
}
