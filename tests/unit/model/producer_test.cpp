// The idempotent producer rule as a table.
#include "model/producer.h"

#include <doctest/doctest.h>

#include <string>

namespace ds {

namespace {

// The verdict as a word, so that tables read well.
std::string say(std::optional<ProducerMark> known, ProducerMark claim) {
    struct Say {
        std::string operator()(Admit) const { return "admit"; }
        std::string operator()(AlreadyHave const& have) const {
            return "have " + std::to_string(have.highest.epoch) + "/" +
                   std::to_string(have.highest.sequence);
        }
        std::string operator()(StaleEpoch const& stale) const {
            return "stale, now " + std::to_string(stale.current_epoch);
        }
        std::string operator()(EpochMustStartAtZero) const { return "start at zero"; }
        std::string operator()(SequenceGap const& gap) const {
            return "gap, expected " + std::to_string(gap.expected) + " received " +
                   std::to_string(gap.received);
        }
    };
    return std::visit(Say{}, judge_producer(known, claim));
}

} // namespace

TEST_CASE("producer: one that is new begins at sequence 0 of any epoch") {
    CHECK(say({}, {0, 0}) == "admit");
    CHECK(say({}, {7, 0}) == "admit");
    CHECK(say({}, {0, 1}) == "gap, expected 0 received 1");
    CHECK(say({}, {7, 3}) == "gap, expected 0 received 3");
}

TEST_CASE("producer: the next sequence of the epoch is admitted") {
    CHECK(say(ProducerMark{0, 0}, {0, 1}) == "admit");
    CHECK(say(ProducerMark{2, 41}, {2, 42}) == "admit");
}

TEST_CASE("producer: what the stream has is answered with the highest accepted") {
    CHECK(say(ProducerMark{0, 5}, {0, 5}) == "have 0/5");
    CHECK(say(ProducerMark{0, 5}, {0, 0}) == "have 0/5");
}

TEST_CASE("producer: a gap says what was expected and what came") {
    CHECK(say(ProducerMark{0, 5}, {0, 7}) == "gap, expected 6 received 7");
}

TEST_CASE("producer: an older epoch is fenced, whatever its sequence") {
    CHECK(say(ProducerMark{3, 5}, {2, 0}) == "stale, now 3");
    CHECK(say(ProducerMark{3, 5}, {0, 6}) == "stale, now 3");
}

TEST_CASE("producer: a newer epoch begins at sequence 0") {
    CHECK(say(ProducerMark{3, 5}, {4, 0}) == "admit");
    CHECK(say(ProducerMark{3, 5}, {9, 0}) == "admit");
    CHECK(say(ProducerMark{3, 5}, {4, 1}) == "start at zero");
    CHECK(say(ProducerMark{3, 5}, {4, 6}) == "start at zero");
}

TEST_CASE("producer id: 1 to 256 bytes of printable ASCII") {
    CHECK(is_producer_id("a"));
    CHECK(is_producer_id("!~:/@-worker.1"));
    CHECK(is_producer_id(std::string(256, 'x')));
    CHECK_FALSE(is_producer_id(""));
    CHECK_FALSE(is_producer_id(std::string(257, 'x')));
    CHECK_FALSE(is_producer_id("a b"));
    CHECK_FALSE(is_producer_id("a\n"));
    CHECK_FALSE(is_producer_id("\x7f"));
    CHECK_FALSE(is_producer_id("\xc3\xa9"));
}

} // namespace ds
