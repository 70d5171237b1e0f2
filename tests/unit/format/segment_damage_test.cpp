// Damaged segments: every flipped byte and every cut is noticed, and nothing crashes.
#include "format/big_endian.h"
#include "format/checksum.h"
#include "segment_sample.h"
#include "support/sure.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds {

using test::full_segment;
using test::SampleSegment;

namespace {

bool is_damage(Error const& error) {
    return error.fault == Fault::corrupt || error.fault == Fault::truncated;
}

// Everything that reads an object reads this one.
void read_everything(std::string const& bytes, Stripes const& stripes) {
    Bytes const object(bytes);
    std::uint64_t wanted = 0;
    auto const footer = read_footer(object.view(), object.size(), wanted);
    CHECK(wanted <= object.size());
    std::vector<Stripes const*> indexes{&stripes};
    if (footer && *footer) indexes.push_back(&(*footer)->stripes);
    for (auto const* index : indexes) {
        for (auto const& stripe : *index) {
            auto const raw =
                unpack_stripe(object.slice(stripe.offset, stripe.stored_bytes), stripe);
            if (!raw) {
                CHECK(is_damage(raw.error()));
                continue;
            }
            StripeRows rows(raw->view());
            for (auto row = rows.next(); row && *row; row = rows.next()) {
            }
        }
    }
}

// The object with its checksums made right again, as one who forges it would.
std::string with_right_checksums(std::string bytes, Stripes const& stripes) {
    auto const set = [&](std::size_t at, std::string const& part) {
        bytes.replace(at, part.size(), part);
    };
    auto const check_of = [&](std::size_t from, std::size_t to) {
        std::string check;
        put_big_endian(check, checksum_64(std::string_view(bytes).substr(from, to - from)));
        return check;
    };
    for (auto const& stripe : stripes)
        set(stripe.offset, check_of(stripe.offset + 8, stripe.offset + stripe.stored_bytes));
    auto const trailer_at = bytes.size() - k_trailer_bytes;
    auto const footer_at = stripes.back().offset + stripes.back().stored_bytes;
    set(trailer_at + 16, checksum_128(std::string_view(bytes).substr(0, trailer_at)));
    set(trailer_at + 32, check_of(footer_at, trailer_at + 32));
    return bytes;
}

// Whether its rows share a stripe or not.
void check_refused(std::string const& what, std::function<void(SampleSegment&)> const& lie) {
    CAPTURE(what);
    auto segment = full_segment();
    lie(segment);
    for (std::size_t const stripe_bytes : {std::size_t{60}, k_stripe_bytes}) {
        CAPTURE(stripe_bytes);
        CHECK(test::failed_as(verify_segment(
                  segment.encode(Compression::none, stripe_bytes).object)) == Fault::corrupt);
    }
}

std::string flipped(std::string_view bytes, std::size_t at) {
    std::string damaged(bytes);
    damaged[at] = static_cast<char>(~static_cast<unsigned char>(damaged[at]));
    return damaged;
}

} // namespace

TEST_CASE("segment damage: every flipped byte is noticed") {
    for (auto const compression : {Compression::none, Compression::zstd}) {
        auto const encoded = full_segment().encode(compression, 150);
        std::string const whole(encoded.object.view());
        for (std::size_t at = 0; at < whole.size(); ++at) {
            for (unsigned const mask : {0x01U, 0x80U, 0xffU}) {
                auto bytes = whole;
                bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ mask);
                auto const footer = verify_segment(Bytes(bytes));
                CAPTURE(at);
                REQUIRE_FALSE(footer);
                CHECK(is_damage(footer.error()));
                read_everything(bytes, encoded.stripes);
            }
        }
    }
}

TEST_CASE("segment damage: every cut is noticed, at the end as truncation") {
    auto const encoded = full_segment().encode(Compression::zstd, 150);
    std::string const whole(encoded.object.view());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK(test::failed_as(verify_segment(Bytes(whole.substr(0, size)))) == Fault::truncated);
        CHECK_FALSE(verify_segment(Bytes(whole.substr(whole.size() - size))));
        read_everything(whole.substr(0, size), encoded.stripes);
    }
    CHECK_FALSE(verify_segment(Bytes(whole + whole)));
    for (auto const& stripe : encoded.stripes) {
        CHECK(test::failed_as(unpack_stripe(
                  encoded.object.slice(stripe.offset, stripe.stored_bytes - 1), stripe)) ==
              Fault::truncated);
        CHECK_FALSE(
            unpack_stripe(encoded.object.slice(stripe.offset, stripe.stored_bytes + 1), stripe));
    }
}

TEST_CASE("segment damage: a stripe finds damage without the rest of the object") {
    for (auto const compression : {Compression::none, Compression::zstd}) {
        auto const encoded = full_segment().encode(compression, 150);
        for (auto const& stripe : encoded.stripes) {
            auto const stored = encoded.object.slice(stripe.offset, stripe.stored_bytes);
            for (std::size_t at = 0; at < stored.size(); ++at) {
                auto const raw = unpack_stripe(Bytes(flipped(stored.view(), at)), stripe);
                CAPTURE(at);
                REQUIRE_FALSE(raw);
                CHECK(raw.error().fault == Fault::corrupt);
            }
        }
    }
}

TEST_CASE("segment damage: a footer finds damage without the rows") {
    auto const encoded = full_segment().encode(Compression::none, 150);
    auto const& last = encoded.stripes.back();
    auto const footer = encoded.object.view().substr(last.offset + last.stored_bytes);
    auto const reads = [&](std::string_view bytes) {
        std::uint64_t wanted = 0;
        auto const read = read_footer(bytes, encoded.object.size(), wanted);
        return read && *read;
    };
    REQUIRE(reads(footer));
    for (std::size_t at = 0; at < footer.size(); ++at) {
        CAPTURE(at);
        CHECK_FALSE(reads(flipped(footer, at)));
    }
}

TEST_CASE("segment damage: right checksums do not hide a wrong beginning, or a wrong index") {
    auto const encoded = full_segment().encode(Compression::none, 60);
    auto const whole = encoded.object.view();
    REQUIRE(verify_segment(Bytes(with_right_checksums(std::string(whole), encoded.stripes))));
    for (std::size_t at = 0; at < k_segment_magic.size(); ++at)
        CHECK_FALSE(
            verify_segment(Bytes(with_right_checksums(flipped(whole, at), encoded.stripes))));

    // The lowest byte of the number of rows in the header of the second stripe.
    CHECK_FALSE(verify_segment(Bytes(
        with_right_checksums(flipped(whole, encoded.stripes[1].offset + 13), encoded.stripes))));

    auto const& last = encoded.stripes.back();
    auto const rows = whole.substr(0, last.offset + last.stored_bytes);
    auto const object_with = [&](Stripes const& stripes) {
        std::string object(rows);
        append_footer(object, full_segment().facts, stripes);
        return Bytes(std::move(object));
    };
    REQUIRE(verify_segment(object_with(encoded.stripes)));
    auto const check_index = [&](std::string const& what, auto const& lie) {
        CAPTURE(what);
        auto stripes = encoded.stripes;
        lie(stripes);
        CHECK_FALSE(verify_segment(object_with(stripes)));
    };
    check_index("none", [](Stripes& all) { all.clear(); });
    check_index("one fewer", [](Stripes& all) { all.pop_back(); });
    check_index("first missing", [](Stripes& all) { all.erase(all.begin()); });
    check_index("start", [](Stripes& all) { ++all[1].start; });
    check_index("ordinal", [](Stripes& all) { ++all[1].ordinal; });
    check_index("order", [](Stripes& all) { std::swap(all[0], all[1]); });
    check_index("raw bytes", [](Stripes& all) { ++all[1].raw_bytes; });
    for (std::uint64_t const far : {std::uint64_t{1}, UINT64_MAX / 2}) {
        auto stripes = encoded.stripes;
        stripes[1].offset += far;
        auto const object = object_with(stripes);
        std::uint64_t wanted = 0;
        CHECK_FALSE(read_footer(object.view(), object.size(), wanted)); // without the rows
    }
    check_index("stored bytes", [](Stripes& all) { ++all[0].stored_bytes, --all[1].stored_bytes; });
}

TEST_CASE("segment damage: a stripe is none other than the one that the index says") {
    auto const encoded = full_segment().encode(Compression::none, 60);
    auto const& stripe = encoded.stripes[0];
    auto const stored = encoded.object.slice(stripe.offset, stripe.stored_bytes);
    REQUIRE(unpack_stripe(stored, stripe));
    auto other = stripe;
    other.raw_bytes += 1;
    CHECK_FALSE(unpack_stripe(stored, other));
    CHECK_FALSE(unpack_stripe(Bytes(), Stripe{}));
    CHECK_FALSE(unpack_stripe(Bytes(std::string(10, 'x')), Stripe{.stored_bytes = 10}));
}

TEST_CASE("segment damage: random damage is refused or harmless, with checksums made right too") {
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 dice(seed);
    for (auto const compression : {Compression::none, Compression::zstd}) {
        auto const encoded = full_segment().encode(compression, 150);
        std::string const whole(encoded.object.view());
        for (int round = 0; round < 5000; ++round) {
            auto bytes = whole;
            for (auto flips = dice() % 3 + 1; flips > 0; --flips)
                bytes[dice() % bytes.size()] = static_cast<char>(dice());
            if (bytes != whole) CHECK_FALSE(verify_segment(Bytes(bytes)));
            read_everything(bytes, encoded.stripes);
            auto const forged = with_right_checksums(bytes, encoded.stripes);
            auto const footer = verify_segment(Bytes(forged));
            if (!footer) CHECK(is_damage(footer.error()));
            read_everything(forged, encoded.stripes);
        }
    }
}

TEST_CASE("segment damage: facts that do not say what the rows say are refused") {
    REQUIRE(verify_segment(full_segment().encode(Compression::none, 60).object));
    check_refused("end", [](auto& s) { ++s.facts.end; });
    check_refused("start", [](auto& s) { --s.facts.start; });
    check_refused("ordinal", [](auto& s) { ++s.facts.ordinal; });
    check_refused("messages", [](auto& s) { ++s.facts.messages; });
    check_refused("segment", [](auto& s) { ++s.facts.at.segment; });
    check_refused("position", [](auto& s) { ++s.facts.at.position; });
    check_refused("first", [](auto& s) { ++s.facts.first_ms; });
    check_refused("last", [](auto& s) { ++s.facts.last_ms; });
    check_refused("full", [](auto& s) { s.facts.seal = Seal::full; });
    check_refused("aged", [](auto& s) { s.facts.seal = Seal::aged; });
    check_refused("closed", [](auto& s) { s.rows.back().head.closes = false; });
    check_refused("no closer", [](auto& s) { s.facts.after.closer.reset(); });
    check_refused("closer", [](auto& s) { s.facts.after.closer->id = "writer-2"; });
    check_refused("stream seq", [](auto& s) { s.facts.after.stream_seq = "000016"; });
    check_refused("no stream seq", [](auto& s) { s.facts.after.stream_seq.reset(); });
    check_refused("producer", [](auto& s) { s.facts.after.producers["writer-2"].mark = {4, 16}; });
    check_refused("epoch", [](auto& s) { s.facts.after.producers["writer-2"].mark = {3, 99}; });
}

TEST_CASE("segment damage: a producer that is forgotten by the end, or went on, is legal") {
    auto segment = full_segment();
    segment.facts.after.producers.erase("writer-2");
    segment.facts.after.producers["writer-1"].mark = {1, 0};
    CHECK(verify_segment(segment.encode(Compression::none).object));
}

TEST_CASE("segment damage: rows that do not follow one another are refused") {
    check_refused("start", [](auto& s) { ++s.rows[2].head.start; });
    check_refused("ordinal", [](auto& s) { ++s.rows[2].head.ordinal; });
    check_refused("token", [](auto& s) { ++s.rows[2].head.at.position; });
    check_refused("token's segment", [](auto& s) { ++s.rows[2].head.at.segment; });
    check_refused("order", [](auto& s) { std::swap(s.rows[1], s.rows[2]); });
    check_refused("lengths", [](auto& s) { ++s.rows[1].head.lengths[0]; });
    check_refused("count", [](auto& s) { s.rows[1].head.count = 4; });
    check_refused("no messages", [](auto& s) { s.rows[0].head.count = 0; });
    check_refused("close", [](auto& s) { s.rows[2].head.closes = true; });
    check_refused("fill", [](auto& s) { s.rows[2].head.fills_segment = true; });
    check_refused("stream seq", [](auto& s) {
        s.rows[3].head.stream_seq = "000017"; // once more
    });
}

} // namespace ds
