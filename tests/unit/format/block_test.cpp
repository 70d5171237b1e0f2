// The format of a row's head: round trip, golden bytes, and what is not a head.
#include "base/encoding.h"
#include "format/block.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace ds {

namespace {

std::string encoded(BlockHead const& head) {
    std::string bytes;
    encode_block_head(bytes, head);
    return bytes;
}

BlockHead full_head() {
    BlockHead head;
    head.at = {3, 1024};
    head.start = 4'200'000;
    head.ordinal = 77;
    head.count = 3;
    head.time_ms = 1'767'225'600'000;
    head.lengths = {5, 300, 70'000};
    head.producer = ProducerClaim{"writer-1", {2, 9}};
    head.stream_seq = "000017";
    head.closes = true;
    head.fills_segment = true;
    head.attributes = {"", std::string("\x01\x03key", 5), "x"};
    return head;
}

} // namespace

TEST_CASE("block: what goes in comes out") {
    for (auto const& head : {BlockHead{}, full_head()}) {
        auto const decoded = decode_block_head(encoded(head));
        REQUIRE(decoded);
        CHECK(*decoded == head);
    }
}

TEST_CASE("block: version 1 is these bytes for ever") {
    BlockHead plain;
    plain.at = {0, 5};
    plain.start = 5;
    plain.ordinal = 1;
    plain.count = 1;
    plain.time_ms = 1'767'225'600'000;
    CHECK(hex_encode(encoded(plain)) == "0100000505010180d0eab6b733");
    CHECK(hex_encode(encoded(full_head())) ==
          "013f038008c0ac80024d0380d0eab6b73305ac02f0a204087772697465722d31020906303030303137000501"
          "036b65790178");
}

TEST_CASE("block: a head that is cut, too long, or of another version is corrupt, never a crash") {
    auto const bytes = encoded(full_head());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        auto const cut = decode_block_head(std::string_view(bytes).substr(0, size));
        REQUIRE_FALSE(cut);
        CHECK(cut.error().fault == Fault::corrupt);
    }
    CHECK_FALSE(decode_block_head(bytes + "x"));
    auto newer = bytes;
    newer[0] = 2;
    CHECK_FALSE(decode_block_head(newer));
    auto flagged = bytes;
    flagged[1] = static_cast<char>(0x80);
    CHECK_FALSE(decode_block_head(flagged));
}

TEST_CASE("block: random bytes are refused or decode to something that encodes") {
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 dice(seed);
    auto const whole = encoded(full_head());
    for (int round = 0; round < 20'000; ++round) {
        auto bytes = whole;
        for (unsigned flips = dice() % 4 + 1; flips > 0; --flips)
            bytes[dice() % bytes.size()] = static_cast<char>(dice());
        auto const decoded = decode_block_head(bytes);
        if (decoded) CHECK(decode_block_head(encoded(*decoded)));
    }
}

} // namespace ds
