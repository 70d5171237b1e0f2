// The format of a ledger: round trip, golden bytes, and what is not a ledger.
#include "base/encoding.h"
#include "format/ledger.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace ds {

namespace {

Ledger full_ledger() {
    Ledger ledger;
    ledger.producers["writer-2"] = {{0, 300}, 1'767'225'600'001};
    ledger.producers["writer-1"] = {{2, 9}, 1'767'225'600'000};
    ledger.stream_seq = "000017";
    ledger.closer = ProducerClaim{"writer-1", {2, 9}};
    return ledger;
}

} // namespace

TEST_CASE("ledger: what goes in comes out") {
    CHECK(Ledger{}.empty());
    CHECK_FALSE(full_ledger().empty());
    Ledger many;
    for (int i = 0; i < 5000; ++i)
        many.producers["p" + std::to_string(i)] = {{static_cast<std::uint64_t>(i), 1}, i};
    for (auto const& ledger : {Ledger{}, full_ledger(), many}) {
        auto const decoded = decode_ledger(encode_ledger(ledger));
        REQUIRE(decoded);
        CHECK(*decoded == ledger);
    }
}

TEST_CASE("ledger: version 1 is these bytes for ever, whatever the order of the table") {
    CHECK(hex_encode(encode_ledger({})) == "010000");
    auto const golden = "010302087772697465722d31020980d0eab6b733087772697465722d3200ac0281d0eab6b7"
                        "3306303030303137087772697465722d310209";
    CHECK(hex_encode(encode_ledger(full_ledger())) == golden);
    Ledger other;
    other.producers.reserve(1000);
    for (auto const& [id, known] : full_ledger().producers)
        other.producers[id] = known;
    other.stream_seq = full_ledger().stream_seq;
    other.closer = full_ledger().closer;
    CHECK(hex_encode(encode_ledger(other)) == golden);
}

TEST_CASE("ledger: a part says so, and brings a whole one up to date") {
    auto ledger = full_ledger();
    Ledger part;
    part.is_part = true;
    part.producers["writer-2"] = {{0, 301}, 1'767'225'600'500};
    part.producers["writer-3"] = {{0, 0}, 1'767'225'600'600};
    part.stream_seq = "000018";
    auto const decoded = decode_ledger(encode_ledger(part));
    REQUIRE(decoded);
    CHECK(*decoded == part);
    CHECK(decoded->is_part);
    apply(ledger, part);
    CHECK_FALSE(ledger.is_part);
    CHECK(ledger.producers.size() == 3);
    CHECK(ledger.producers["writer-1"] == full_ledger().producers["writer-1"]);
    CHECK(ledger.producers["writer-2"].mark == ProducerMark{0, 301});
    CHECK(ledger.stream_seq == "000018");
    CHECK_FALSE(ledger.closer);
    CHECK(bytes_of(ledger) > bytes_of(part));
}

TEST_CASE("ledger: who is silent is forgotten, and who said so beforehand is forgotten soon") {
    Ledger ledger;
    ledger.producers["old"] = {{0, 0}, 1'000};
    ledger.producers["new"] = {{0, 0}, 5'000'000};
    ledger.producers["once-old"] = {{0, 0}, 1'000'000};
    ledger.producers["once-new"] = {{0, 0}, 5'000'000};
    constexpr std::chrono::milliseconds k_retention{4'800'000};
    auto const until = forget_silent(ledger, 5'000'001, k_retention);
    CHECK(ledger.producers.size() == 2);
    CHECK(ledger.producers.contains("new"));
    CHECK(until == 5'000'000 + 3'600'000);
    CHECK(forget_silent(ledger, until, k_retention) == until);
    CHECK(forget_silent(ledger, until + 1, k_retention) == 5'000'000 + k_retention.count());
    // Nobody is remembered for longer than is asked for.
    CHECK(remembered_for("once-x", std::chrono::seconds(1)) == std::chrono::seconds(1));
}

TEST_CASE("ledger: one that is cut, too long, unordered or of another version is corrupt") {
    auto const bytes = encode_ledger(full_ledger());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        auto const cut = decode_ledger(std::string_view(bytes).substr(0, size));
        REQUIRE_FALSE(cut);
        CHECK(cut.error().fault == Fault::corrupt);
    }
    CHECK_FALSE(decode_ledger(bytes + "x"));
    auto newer = bytes;
    newer[0] = 2;
    CHECK_FALSE(decode_ledger(newer));
    auto flagged = bytes;
    flagged[1] = 4;
    CHECK_FALSE(decode_ledger(flagged));
    auto unordered = bytes;
    unordered[unordered.find("writer-1") + 7] = '3';
    CHECK_FALSE(decode_ledger(unordered));
    auto twice = bytes;
    twice[twice.find("writer-2") + 7] = '1';
    CHECK_FALSE(decode_ledger(twice));
    CHECK_FALSE(decode_ledger(std::string("\x01\x00\xff\xff\xff\xff\x0f", 7)));
}

TEST_CASE("ledger: random bytes are refused or decode to something that encodes") {
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 dice(seed);
    auto const whole = encode_ledger(full_ledger());
    for (int round = 0; round < 20'000; ++round) {
        auto bytes = whole;
        for (unsigned flips = dice() % 4 + 1; flips > 0; --flips)
            bytes[dice() % bytes.size()] = static_cast<char>(dice());
        auto const decoded = decode_ledger(bytes);
        if (decoded) CHECK(encode_ledger(*decoded) == bytes);
    }
}

} // namespace ds
