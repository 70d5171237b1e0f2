// What a browser needs to go on after a reconnect: ids, Last-Event-ID, retry.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds::test;

namespace {

Headers last_event(std::string const& id) {
    return {{"Last-Event-ID", id}};
}

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
    auto const second = live.next();
    REQUIRE(second);
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
         {"?offset=-1", "?offset=now", "?offset=9999999999999999_9999999999999999"}) {
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
    REQUIRE(ask("PUT", path, k_text, "a").status == 201); // shorter than that offset
    EventStream live(server().port(), path + "?offset=-1&live=sse", last_event(old));
    CHECK(live.until_up_to_date() == std::vector<std::string>{"a"});
}
