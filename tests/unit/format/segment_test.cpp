// The format of a segment: round trips, golden bytes, stripes, and what a footer costs to read.
#include "base/encoding.h"
#include "segment_sample.h"
#include "support/sure.h"
#include "unit/source_tree.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <random>
#include <string>

namespace ds {

using test::full_segment;
using test::SampleSegment;

namespace {

SegmentFooter verified(Bytes const& object) {
    auto footer = verify_segment(object);
    REQUIRE_MESSAGE(footer, (footer ? "" : footer.error().what));
    return *std::move(footer);
}

void check_round_trip(SampleSegment const& segment, Compression compression,
                      std::size_t stripe_bytes) {
    auto const encoded = segment.encode(compression, stripe_bytes);
    auto const footer = verified(encoded.object);
    CHECK((footer.stripes == encoded.stripes));
    CHECK(footer.checksum == encoded.checksum);
    test::check_same(footer.facts, segment.facts);
    test::check_same(test::read_rows(encoded.object, footer.stripes), segment.rows);
    REQUIRE(encoded.raw.size() == encoded.stripes.size());
    for (std::size_t i = 0; i < encoded.raw.size(); ++i) {
        auto const& stripe = encoded.stripes[i];
        auto const raw = test::sure(
            unpack_stripe(encoded.object.slice(stripe.offset, stripe.stored_bytes), stripe));
        CHECK(*raw == encoded.raw[i]);
    }
    auto const index = test::sure(decode_stripes(encode_stripes(encoded.stripes)));
    CHECK((*index == encoded.stripes));
}

Bytes golden(std::string const& name) {
    return Bytes(test::read_source(test::source_root() / "tests/unit/format/golden" / name));
}

} // namespace

TEST_CASE("segment: what goes in comes out, packed or not, in stripes of any size") {
    SampleSegment empty;
    empty.end(Seal::closed);
    SampleSegment json("application/json");
    json.facts.stream.lifetime = ExpiresAt{from_count_ms(1'800'000'000'000)};
    json.add({"1", "{\"a\":2}", "[3]"});
    json.add({"4"});
    json.end(Seal::full);
    for (auto const& segment : {empty, json, full_segment()})
        for (auto const compression : {Compression::none, Compression::zstd})
            for (std::size_t const stripe_bytes : {1U, 60U, 65'536U})
                check_round_trip(segment, compression, stripe_bytes);
}

TEST_CASE("segment: random rows come back") {
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 dice(seed);
    for (int round = 0; round < 60; ++round) {
        auto const segment = test::random_segment(dice);
        check_round_trip(segment, dice() % 2 == 0 ? Compression::none : Compression::zstd,
                         std::size_t{1} << dice() % 17);
    }
}

TEST_CASE("segment: version 1 is these bytes for ever") {
    auto const plain = golden("plain.seg");
    CHECK(hex_encode(full_segment().encode(Compression::none, 150).object.view()) ==
          hex_encode(plain.view()));
    // What zstd makes of the same bytes may change with its version; reading it may not.
    for (auto const& object : {plain, golden("zstd.seg")}) {
        auto const footer = verified(object);
        test::check_same(footer.facts, full_segment().facts);
        test::check_same(test::read_rows(object, footer.stripes), full_segment().rows);
    }
}

TEST_CASE("segment: nothing is copied when nothing is compressed") {
    auto const encoded = full_segment().encode(Compression::none, 60);
    auto const lies_in_object = [&](Bytes const& part) {
        return part.data() >= encoded.object.data() &&
               part.data() + part.size() <= encoded.object.data() + encoded.object.size();
    };
    REQUIRE(encoded.raw.size() > 1);
    for (std::size_t i = 0; i < encoded.raw.size(); ++i) {
        CHECK(lies_in_object(encoded.raw[i]));
        auto const& stripe = encoded.stripes[i];
        auto const raw = test::sure(
            unpack_stripe(encoded.object.slice(stripe.offset, stripe.stored_bytes), stripe));
        CHECK(lies_in_object(*raw));
    }
}

TEST_CASE("segment: stripes are about as large as asked, and a larger row has one of its own") {
    SampleSegment segment;
    for (int i = 0; i < 100; ++i)
        segment.add({std::string(i == 50 ? 5000 : 80, 'x')});
    segment.end(Seal::full);
    auto const encoded = segment.encode(Compression::none, 1000);
    unsigned larger = 0;
    for (auto const& stripe : encoded.stripes) {
        if (stripe.raw_bytes > 1000) {
            ++larger;
            CHECK(stripe.start == segment.rows[50].head.start);
        }
    }
    CHECK(larger == 1);
    CHECK(encoded.stripes.size() >= 11);
    CHECK(encoded.stripes.size() <= 20);
    verified(encoded.object);
}

TEST_CASE("segment: what does not become smaller is kept as it is") {
    std::mt19937 dice(11);
    SampleSegment segment;
    std::string noise(3000, '\0');
    for (char& c : noise)
        c = static_cast<char>(dice());
    segment.add({noise});
    segment.add({std::string(3000, 'x')});
    segment.end(Seal::full);
    auto const encoded = segment.encode(Compression::zstd, 3100);
    REQUIRE(encoded.stripes.size() == 2);
    CHECK(encoded.stripes[0].stored_bytes == encoded.stripes[0].raw_bytes + k_stripe_header_bytes);
    CHECK(encoded.stripes[1].stored_bytes < 100);
    check_round_trip(segment, Compression::zstd, 3100);
}

TEST_CASE("segment: consecutive stripes are one range of the object") {
    auto const encoded = full_segment().encode(Compression::zstd, 60);
    auto const& stripes = encoded.stripes;
    REQUIRE(stripes.size() >= 3);
    CHECK(stripes[0].offset == k_segment_magic.size());
    for (std::size_t i = 1; i < stripes.size(); ++i)
        CHECK(stripes[i].offset == stripes[i - 1].offset + stripes[i - 1].stored_bytes);
}

TEST_CASE("stripe: the index keeps whatever it is given") {
    Stripes const stripes{
        {10, 5, 3, 2, 1}, {7, 9, 0, UINT32_MAX, UINT32_MAX}, {UINT64_MAX, 0, 1, 0, 0}};
    auto const bytes = encode_stripes(stripes);
    auto const back = test::sure(decode_stripes(bytes));
    CHECK((*back == stripes));
    CHECK(hex_encode(encode_stripes({})) == "0100");
    for (std::size_t size = 0; size < bytes.size(); ++size)
        CHECK_FALSE(decode_stripes(std::string_view(bytes).substr(0, size)));
    CHECK_FALSE(decode_stripes(bytes + "x"));
}

TEST_CASE("segment footer: a footer longer than the guess says how many bytes to ask for") {
    auto segment = full_segment();
    for (int i = 0; i < 9000; ++i)
        segment.facts.after.producers["producer-" + std::to_string(i)] = {{0, 1}, 1000 + i};
    auto const encoded = segment.encode(Compression::none);
    auto const object = encoded.object.view();
    REQUIRE(object.size() > 2 * k_footer_guess);
    auto const last = [&](std::uint64_t count) { return object.substr(object.size() - count); };

    std::uint64_t wanted = 0;
    auto const first = test::sure(read_footer(last(k_footer_guess), object.size(), wanted));
    CHECK_FALSE(*first);
    CHECK(wanted > k_footer_guess);
    CHECK(wanted < object.size());
    auto const short_by_one = test::sure(read_footer(last(wanted - 1), object.size(), wanted));
    CHECK_FALSE(*short_by_one);
    auto const second = test::sure(read_footer(last(wanted), object.size(), wanted));
    REQUIRE(*second);
    test::check_same((*second)->facts, segment.facts);
    CHECK((*second)->checksum == encoded.checksum);

    // Less than a trailer tells how long a trailer is.
    auto const none = test::sure(read_footer(last(10), object.size(), wanted));
    CHECK_FALSE(*none);
    CHECK(wanted == k_trailer_bytes);
}

TEST_CASE("segment footer: what is no end of a segment is truncated, another version corrupt") {
    auto const object = std::string(full_segment().encode(Compression::none).object.view());
    std::uint64_t wanted = 0;
    auto const fault_of = [&](std::string_view bytes, std::uint64_t size) {
        auto const footer = read_footer(bytes, size, wanted);
        REQUIRE_FALSE(footer);
        return footer.error().fault;
    };
    CHECK(fault_of("", 0) == Fault::truncated);
    CHECK(fault_of(std::string(1000, 'x'), 1000) == Fault::truncated);
    CHECK(fault_of(object.substr(0, object.size() - 1), object.size() - 1) == Fault::truncated);
    CHECK(fault_of(object, object.size() + 1) == Fault::corrupt);
    CHECK(fault_of(object, object.size() - 1) == Fault::corrupt);
    auto newer = object;
    newer.back() = 2;
    CHECK(fault_of(newer, newer.size()) == Fault::corrupt);
}

} // namespace ds
