// The order of judgement, and each judgement.
#include "engine/sequencer.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace ds {

namespace {

// A stream to be judged against; the test changes what matters to it.
struct Subject {
    std::string content_type = "application/json";
    Head head;
    std::optional<ProducerMark> known;
    std::optional<ProducerClaim> closer;
    std::optional<std::string> stream_seq;

    AppendVerdict judge(Append const& ask) const {
        return judge_append({content_type, head, known, closer, stream_seq}, ask);
    }
    Refusal refusal(Append const& ask) const {
        auto const verdict = judge(ask);
        REQUIRE(std::holds_alternative<Refused>(verdict));
        return std::get<Refused>(verdict).why;
    }
    bool enters(Append const& ask) const { return std::holds_alternative<Enter>(judge(ask)); }
};

Append json(std::string body) {
    Append ask;
    ask.content_type = "application/json";
    ask.body_was_empty = body.empty();
    ask.messages = split_messages(Bytes(std::move(body)), true);
    return ask;
}

Append closing(Append ask) {
    ask.close = true;
    return ask;
}

Append from(Append ask, std::uint64_t epoch, std::uint64_t sequence) {
    ask.producer = ProducerClaim{"w", {epoch, sequence}};
    return ask;
}

} // namespace

TEST_CASE("sequencer: closed outweighs everything, and says where the stream ended") {
    Subject stream;
    stream.head.closed = true;
    stream.head.tail = {2, 5};
    auto wrong = json("{");
    wrong.content_type = "text/plain";
    auto const verdict = stream.judge(wrong);
    REQUIRE(std::holds_alternative<Refused>(verdict));
    CHECK(std::get<Refused>(verdict).why == Refusal::stream_closed);
    CHECK(std::get<Refused>(verdict).next == Offset{2, 5});
}

TEST_CASE("sequencer: closing again is fine without a producer; with one only for who closed") {
    Subject stream;
    stream.head.closed = true;
    stream.closer = ProducerClaim{"w", {0, 3}};
    auto const again = stream.judge(closing(json("")));
    REQUIRE(std::holds_alternative<Appended>(again));
    CHECK_FALSE(std::get<Appended>(again).wrote);
    CHECK(std::holds_alternative<Duplicate>(stream.judge(from(closing(json("")), 0, 3))));
    CHECK(std::holds_alternative<Duplicate>(stream.judge(from(closing(json("1")), 0, 3))));
    CHECK(stream.refusal(from(closing(json("")), 0, 4)) == Refusal::stream_closed);
    CHECK(stream.refusal(from(json("1"), 0, 2)) == Refusal::stream_closed);
}

TEST_CASE("sequencer: type, producer, Stream-Seq, emptiness and JSON are told in this order") {
    Subject stream;
    stream.known = ProducerMark{1, 5};
    stream.stream_seq = "b";
    auto ask = from(json("{"), 0, 0);
    ask.stream_seq = "a";
    ask.content_type = "text/plain";
    CHECK(stream.refusal(ask) == Refusal::content_type_mismatch);
    ask.content_type.reset();
    CHECK(stream.refusal(ask) == Refusal::content_type_required);
    ask.content_type = "Application/JSON; charset=utf-8";
    CHECK(stream.refusal(ask) == Refusal::stale_producer_epoch);
    ask.producer->mark = {1, 7};
    CHECK(stream.refusal(ask) == Refusal::producer_sequence_gap);
    ask.producer->mark = {2, 1};
    CHECK(stream.refusal(ask) == Refusal::producer_must_start_at_zero);
    ask.producer->mark = {1, 4};
    CHECK(std::holds_alternative<Duplicate>(stream.judge(ask)));
    ask.producer->mark = {1, 6};
    CHECK(stream.refusal(ask) == Refusal::stream_seq_regression);
    ask.stream_seq = "c";
    CHECK(stream.refusal(ask) == Refusal::invalid_json);
    ask = from(json("[]"), 1, 6);
    CHECK(stream.refusal(ask) == Refusal::empty_json_array);
    ask = from(json(""), 1, 6);
    CHECK(stream.refusal(ask) == Refusal::empty_body);
    CHECK(stream.enters(from(json("[1]"), 1, 6)));
}

TEST_CASE("sequencer: a close without data needs no type and enters as one") {
    Subject const stream;
    auto ask = closing(json(""));
    ask.content_type = "image/png";
    CHECK(stream.enters(ask));
    ask.content_type.reset();
    CHECK(stream.enters(ask));
}

TEST_CASE("sequencer: Stream-Seq compares bytes, not numbers") {
    Subject stream;
    stream.stream_seq = "2";
    auto ask = json("1");
    ask.stream_seq = "10";
    CHECK(stream.refusal(ask) == Refusal::stream_seq_regression);
    ask.stream_seq = "2";
    CHECK(stream.refusal(ask) == Refusal::stream_seq_regression);
    ask.stream_seq = "20";
    CHECK(stream.enters(ask));
}

TEST_CASE("sequencer: a PUT on a taken name is fine only with the same configuration") {
    StreamFacts facts{"text/plain", Ttl{std::chrono::seconds(5)}, {0, 9}, false};
    ExistingStream const stream{facts, {}, {}, {}, 0, Forever{}};
    auto const verdict = [&](Create const& ask) { return judge_existing(stream, ask); };
    Create same;
    same.lifetime = facts.lifetime;
    REQUIRE(std::holds_alternative<Created>(verdict(same)));
    CHECK(std::get<Created>(verdict(same)).existed);
    CHECK(std::get<Created>(verdict(same)).facts.tail == Offset{0, 9});

    auto const why = [&](Create const& ask) { return std::get<Refused>(verdict(ask)).why; };
    auto other = same;
    other.content_type = "text/html";
    CHECK(why(other) == Refusal::content_type_mismatch);
    other = same;
    other.closed = true;
    CHECK(why(other) == Refusal::closed_status_mismatch);
    other = same;
    other.lifetime = Forever{};
    CHECK(why(other) == Refusal::lifetime_mismatch);
    other = same;
    other.fork = ForkOf{};
    CHECK(why(other) == Refusal::fork_mismatch);
}

TEST_CASE("sequencer: a full segment is left at once, so that its end has one spelling") {
    SegmentLimits const limits{3, 1000};
    auto grown = grow({}, {2, 2, 10}, limits);
    CHECK_FALSE(grown.fills_segment);
    CHECK(grown.head.tail == Offset{0, 2});
    grown = grow(grown.head, {1, 1, 5}, limits);
    CHECK(grown.fills_segment);
    CHECK(grown.head.tail == Offset{1, 0});
    CHECK(grown.head.end == 3);
    grown = grow(grown.head, {1, 1, 1000}, limits);
    CHECK(grown.fills_segment);
    CHECK(grown.head.tail == Offset{2, 0});
}

} // namespace ds
