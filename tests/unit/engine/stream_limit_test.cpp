// Promises of engine/stream_limit: alone, and where streams are made and end.
#include "engine/stream_limit.h"
#include "fakes/engine_world.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;
using namespace ds::test;

namespace {

struct LimitedWorld : World {
    explicit LimitedWorld(std::uint64_t most) {
        options.project_streams_max = most;
        restart();
    }
    std::uint64_t refused() const { return engine->refused_by_limit().streams; }
};

} // namespace

TEST_CASE("stream limit: what is undone has not happened, in whatever order it came") {
    LimitRefusals counts;
    StreamLimit limit(2, counts);
    limit.recover("old");
    limit.add("new");
    limit.remove("new");
    limit.remove("old");
    limit.add("old");
    limit.add("old");
    CHECK_FALSE(limit.has_room("old"));
    CHECK(limit.has_room("new"));
    limit.undo();
    CHECK(limit.count("old") == 1);
    CHECK(limit.count("new") == 0);
    limit.add("new");
    limit.keep();
    limit.undo();
    CHECK(limit.count("new") == 1);
    CHECK(counts.streams == 1);
}

TEST_CASE("stream limit: without one nothing is counted") {
    StreamLimit limit;
    limit.add("a");
    limit.recover("a");
    CHECK(limit.has_room("a"));
    CHECK(limit.count("a") == 0);
}

TEST_CASE("stream limit: a creation beyond it is refused, and nothing else is") {
    LimitedWorld world(2);
    as<Created>(world.ask(create("p/a")));
    as<Created>(world.ask(create("p/b")));
    CHECK(refusal(world.ask(create("p/c"))) == Refusal::too_many_streams);
    CHECK(world.refused() == 1);
    CHECK(std::holds_alternative<Refusal>(world.engine->find(name_of("p/c"))));
    CHECK(as<Created>(world.ask(create("p/a"))).existed);
    CHECK(refusal(world.ask(create("p/a", "text/html"))) == Refusal::content_type_mismatch);
    as<Appended>(world.ask(append("p/a", "more")));
    as<Created>(world.ask(create("q/c")));
    as<Removed>(world.ask(Remove{name_of("p/b")}));
    as<Created>(world.ask(create("p/c")));
    CHECK(refusal(world.ask(create("p/b"))) == Refusal::too_many_streams);
}

TEST_CASE("stream limit: forks count, and so does what they keep alive") {
    LimitedWorld world(2);
    as<Created>(world.ask(create("p/a")));
    as<Created>(world.ask(fork("p/f", "p/a")));
    CHECK(refusal(world.ask(fork("p/g", "p/a"))) == Refusal::too_many_streams);
    as<Removed>(world.ask(Remove{name_of("p/a")})); // soft: the fork needs it
    CHECK(refusal(world.ask(create("p/b"))) == Refusal::too_many_streams);
    as<Removed>(world.ask(Remove{name_of("p/f")})); // and both go
    as<Created>(world.ask(create("p/b")));
    as<Created>(world.ask(create("p/c")));
    CHECK(refusal(world.ask(create("p/d"))) == Refusal::too_many_streams);
}

TEST_CASE("stream limit: it is kept over a restart, and may have become smaller") {
    LimitedWorld world(2);
    as<Created>(world.ask(create("p/a")));
    as<Created>(world.ask(create("p/b")));
    world.restart();
    CHECK(refusal(world.ask(create("p/c"))) == Refusal::too_many_streams);
    world.options.project_streams_max = 1;
    world.restart();
    as<Removed>(world.ask(Remove{name_of("p/a")}));
    CHECK(refusal(world.ask(create("p/c"))) == Refusal::too_many_streams);
    as<Removed>(world.ask(Remove{name_of("p/b")}));
    as<Created>(world.ask(create("p/c")));
}

TEST_CASE("stream limit: what has expired makes room") {
    LimitedWorld world(1);
    as<Created>(world.ask(create("p/a", "text/plain", Ttl{std::chrono::seconds(60)})));
    CHECK(refusal(world.ask(create("p/b"))) == Refusal::too_many_streams);
    world.clock.advance(std::chrono::seconds(61));
    // The name of the stream that has ended is looked at first.
    as<Created>(world.ask(create("p/a")));
    CHECK(refusal(world.ask(create("p/b"))) == Refusal::too_many_streams);
}
