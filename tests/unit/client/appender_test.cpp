// Promises of client/appender.
#include "client/appender.h"
#include "fakes/manual_clock.h"
#include "fakes/scripted_fetch.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds;
using namespace ds::test;
using std::chrono::milliseconds;

namespace {

// A stream as a server keeps it: bytes, and the producer rule.
struct TinyStream {
    std::string log;
    std::optional<ProducerMark> mark;
    bool closed = false;

    Played take(FetchRequest const& request) {
        auto const number = [&](std::string_view name) {
            return std::stoull(std::string(request.headers.get(name).value_or("0")));
        };
        ProducerMark const claim{number("Producer-Epoch"), number("Producer-Seq")};
        auto const verdict = judge_producer(mark, claim);
        if (std::holds_alternative<AlreadyHave>(verdict))
            return {FetchReply{204, {{"Producer-Seq", "0"}}, {}}, {}, {}};
        if (!std::holds_alternative<Admit>(verdict))
            return {FetchReply{409, {{"Producer-Expected-Seq", "0"}}, {}}, {}, {}};
        log += request.body;
        closed = request.headers.says_true("Stream-Closed");
        mark = claim;
        return {FetchReply{200, {{"Stream-Next-Offset", "x"}}, {}}, {}, {}};
    }
    Step takes() {
        return [this](FetchRequest const& request) { return take(request); };
    }
    // The append happens, and nobody hears of it.
    Step takes_and_loses_the_answer() {
        return [this](FetchRequest const& request) {
            take(request);
            return Played{{}, {}, Error{Fault::io, "connection reset"}};
        };
    }
};

struct AppenderWorld {
    explicit AppenderWorld(std::vector<Step> steps, Step forever = nullptr,
                           std::string const& id = "me")
        : fetch(std::move(steps), std::move(forever)),
          client(fetch, "http://h", ""),
          appender(client, *parse_stream_name("p/s"), id,
                   {"text/plain", Framing::lines, std::chrono::seconds(60)}, Backoff(1), clock,
                   [this](milliseconds pause) {
                       clock.advance(pause);
                       waits.push_back(pause);
                   }) {}

    ManualClock clock;
    Millis began = clock.now();
    std::vector<milliseconds> waits;
    ScriptedFetch fetch;
    StreamClient client;
    Appender appender;
};

bool arrived(Result<Said<AppendAnswer>> const& outcome) {
    return outcome && std::holds_alternative<AppendAnswer>(*outcome);
}

} // namespace

TEST_CASE("appender: a lost answer leads to the same number again, and to no duplicate") {
    TinyStream stream;
    AppenderWorld world({stream.takes(), stream.takes_and_loses_the_answer(), stream.takes(),
                         stream.takes_and_loses_the_answer(), stream.takes_and_loses_the_answer(),
                         stream.takes()});
    CHECK(arrived(world.appender.send("a\n", Close::no)));
    CHECK(arrived(world.appender.send("b\n", Close::no)));
    CHECK(arrived(world.appender.send("c\n", Close::yes)));
    CHECK(stream.log == "a\nb\nc\n");
    CHECK(stream.closed);
    std::vector<std::string> numbers;
    for (auto const& asked : world.fetch.asked) {
        numbers.push_back(asked.header("Producer-Seq"));
        CHECK(asked.header("Producer-Id") == "me");
        CHECK(asked.header("Stream-Framing") == "lines");
    }
    CHECK(numbers == std::vector<std::string>{"0", "1", "1", "2", "2", "2"});
    CHECK(world.waits.size() == 3);
}

TEST_CASE("appender: overload and faults of the server are waited out as the server asks") {
    TinyStream stream;
    AppenderWorld world({answers(503, {{"Retry-After", "7"}}), answers(429), answers(500),
                         breaks(Fault::unreachable), stream.takes()});
    CHECK(arrived(world.appender.send("a", Close::no)));
    REQUIRE(world.waits.size() == 4);
    CHECK(world.waits[0] == milliseconds(7000));
    CHECK(world.waits[3] < milliseconds(5000));
    CHECK(stream.log == "a");
}

TEST_CASE("appender: a refusal that waiting cannot change is returned at once") {
    AppenderWorld world({answers(409, {{"Stream-Closed", "true"}}, R"({"code":"STREAM_CLOSED"})")});
    auto const outcome = world.appender.send("a", Close::no);
    REQUIRE(outcome);
    REQUIRE(std::holds_alternative<Denial>(*outcome));
    CHECK(std::get<Denial>(*outcome).stream_closed);
    CHECK(world.waits.empty());
}

TEST_CASE("appender: a server that was never reached is not tried twice") {
    AppenderWorld world({breaks(Fault::unreachable, "refused")});
    auto const outcome = world.appender.send("a", Close::no);
    REQUIRE(!outcome);
    CHECK(outcome.error().fault == Fault::unreachable);
}

TEST_CASE("appender: an outage that lasts too long ends the wait") {
    TinyStream stream;
    AppenderWorld world({stream.takes()}, breaks(Fault::unreachable, "refused"));
    CHECK(arrived(world.appender.send("a", Close::no)));
    auto const outcome = world.appender.send("b", Close::no);
    REQUIRE(!outcome);
    CHECK(world.clock.now() - world.began <= std::chrono::seconds(60));
    CHECK(world.clock.now() - world.began > std::chrono::seconds(50));
}

TEST_CASE("appender: closing without data sends an empty body and no content type") {
    TinyStream stream;
    AppenderWorld world({answers(204, {{"Stream-Closed", "true"}}), stream.takes()});
    CHECK(arrived(world.appender.send("", Close::yes)));
    // It spends no number either.
    CHECK(arrived(world.appender.send("a", Close::no)));
    CHECK(world.fetch.asked.at(1).header("Producer-Seq") == "0");
    CHECK(world.fetch.asked.at(0).header("Content-Type") == "(none)");
    CHECK(world.fetch.asked.at(0).header("Stream-Framing") == "(none)");
    CHECK(world.fetch.asked.at(0).header("Producer-Id") == "(none)");
    CHECK(world.fetch.asked.at(0).header("Stream-Closed") == "true");
}

TEST_CASE("appender: producer ids are legal and differ") {
    CHECK(is_producer_id(random_producer_id()));
    CHECK(random_producer_id() != random_producer_id());
    CHECK(is_producer_id(producer_id_of_run(std::chrono::minutes(1))));
    CHECK(producer_id_of_run(std::chrono::minutes(1)).starts_with(k_once_prefix));
    // It would be forgotten while a batch is still tried.
    CHECK_FALSE(producer_id_of_run(std::chrono::hours(2)).starts_with(k_once_prefix));
}

TEST_CASE("appender: an id that is soon forgotten is not used again after a silence") {
    AppenderWorld world({}, answers(204, {{"Stream-Next-Offset", "x"}}), "once-a");
    REQUIRE(world.appender.send("one", Close::no));
    world.clock.advance(std::chrono::minutes(19));
    REQUIRE(world.appender.send("two", Close::no));
    CHECK(world.fetch.asked[1].header("Producer-Id") == "once-a");
    CHECK(world.fetch.asked[1].header("Producer-Seq") == "1");
    world.clock.advance(std::chrono::minutes(21));
    REQUIRE(world.appender.send("three", Close::no));
    CHECK(world.fetch.asked[2].header("Producer-Id").starts_with(k_once_prefix));
    CHECK(world.fetch.asked[2].header("Producer-Id") != "once-a");
    CHECK(world.fetch.asked[2].header("Producer-Seq") == "0");
}

TEST_CASE("appender: an id that lasts is kept through any silence") {
    AppenderWorld world({}, answers(204, {{"Stream-Next-Offset", "x"}}));
    REQUIRE(world.appender.send("one", Close::no));
    world.clock.advance(std::chrono::hours(48));
    REQUIRE(world.appender.send("two", Close::no));
    CHECK(world.fetch.asked[1].header("Producer-Id") == "me");
    CHECK(world.fetch.asked[1].header("Producer-Seq") == "1");
}

TEST_CASE("appender: a stream is made with the same patience") {
    AppenderWorld world({answers(503), answers(201, {{"Stream-Next-Offset", "0"}})});
    CreateRequest request;
    request.content_type = "text/plain";
    auto const said = world.appender.create(request);
    REQUIRE(said);
    CHECK(!std::get<CreateAnswer>(*said).existed);
    CHECK(world.waits.size() == 1);
}

TEST_CASE("appender: what the stream is, is asked with the same patience") {
    AppenderWorld world(
        {answers(503), breaks(Fault::io), breaks(Fault::unreachable),
         answers(200, {{"Stream-Next-Offset", "0"}, {"Content-Type", "text/plain"}})});
    auto const said = world.appender.look();
    REQUIRE(said);
    CHECK(std::get<StreamState>(*said).content_type == "text/plain");
    CHECK(world.waits.size() == 3);

    AppenderWorld nobody({breaks(Fault::unreachable, "refused")});
    CHECK(nobody.appender.look().error().fault == Fault::unreachable);
    CHECK(nobody.waits.empty());
}
