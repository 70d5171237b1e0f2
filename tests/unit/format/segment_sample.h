// Segments to test with: rows that follow one another, and facts that count them.
#pragma once

#include "format/segment.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ds::test {

struct SampleRow {
    BlockHead head;
    std::string body;
};

struct SampleSegment {
    SegmentFacts facts;
    std::vector<SampleRow> rows;

    explicit SampleSegment(std::string content_type = "text/plain") {
        facts.home = "0123456789abcdef";
        facts.stream.id = 42;
        facts.stream.name = "acme/orders/2026";
        facts.stream.content_type = std::move(content_type);
        facts.stream.created_ms = 1'767'225'600'000;
        facts.stream.touched_ms = 1'767'225'600'500;
        facts.at = {3, 0};
        facts.start = facts.end = 5000;
        facts.ordinal = 100;
        facts.written_ms = 1'767'225'700'000;
    }

    bool json() const { return facts.stream.content_type == "application/json"; }

    // An append of these messages; more of it can be set in the row that is returned.
    SampleRow& add(std::vector<std::string> const& messages) {
        SampleRow row;
        for (auto const& message : messages) {
            if (json() && !row.body.empty()) row.body.push_back(',');
            row.body.append(message);
            if (messages.size() > 1)
                row.head.lengths.push_back(static_cast<std::uint32_t>(message.size()));
        }
        auto& head = row.head;
        head.count = static_cast<std::uint32_t>(messages.size());
        head.at = {facts.at.segment, facts.at.position + facts.end - facts.start};
        head.start = facts.end;
        head.ordinal = facts.ordinal + facts.messages;
        head.time_ms = 1'767'225'600'000 + static_cast<std::int64_t>(10 * facts.rows);
        if (facts.rows == 0) facts.first_ms = head.time_ms;
        facts.last_ms = head.time_ms;
        ++facts.rows;
        facts.messages += head.count;
        facts.bytes += row.body.size();
        facts.end += json() ? head.count : row.body.size();
        rows.push_back(std::move(row));
        return rows.back();
    }
    SampleRow& add_by(std::string const& producer, ProducerMark mark,
                      std::vector<std::string> const& messages) {
        auto& row = add(messages);
        row.head.producer = ProducerClaim{producer, mark};
        facts.after.producers[producer] = {mark, row.head.time_ms};
        return row;
    }
    // How it ends, in the last row and in the facts.
    SampleSegment& end(Seal seal) {
        facts.seal = seal;
        // A segment that was open for too long ends with a row of its own.
        if (seal == Seal::aged) add({});
        bool const fills = seal != Seal::closed;
        if (!rows.empty() && fills) rows.back().head.fills_segment = true;
        if (!rows.empty() && closes(seal)) {
            rows.back().head.closes = true;
            facts.after.closer = rows.back().head.producer;
        }
        return *this;
    }

    EncodedSegment encode(Compression compression,
                          std::size_t stripe_bytes = k_stripe_bytes) const {
        SegmentWriter writer(compression, stripe_bytes);
        std::string head;
        for (auto const& row : rows) {
            head.clear();
            encode_block_head(head, row.head);
            writer.add(head, row.body, row.head.start, row.head.ordinal);
        }
        return writer.finish(facts);
    }
};

// One that has something of everything.
inline SampleSegment full_segment() {
    SampleSegment segment;
    auto& stream = segment.facts.stream;
    stream.lifetime = Ttl{std::chrono::seconds(3600)};
    stream.fork = ForkRecord{7, 4000, 80, {2, 11}, Offset{2, 9}, 2};
    stream.soft_deleted = true;
    segment.facts.fork_source = "acme/orders";
    segment.facts.at = {3, 40};
    segment.add({"hello"});
    segment.add_by("writer-1", {0, 0}, {"one ", "two ", "three "});
    segment.add_by("writer-2", {4, 17}, {"x"}).head.stream_seq = "000017";
    segment.facts.after.stream_seq = "000017";
    segment.add({std::string(100, 'a')}).head.attributes = {std::string("\x01\x03key", 5)};
    segment.add_by("writer-1", {0, 1}, {});
    return std::move(segment.end(Seal::closed));
}

// Many rows of all kinds, from what the dice say.
inline SampleSegment random_segment(std::mt19937& dice) {
    SampleSegment segment(dice() % 2 == 0 ? "application/json" : "application/octet-stream");
    auto const text = [&] {
        std::string bytes(dice() % 20 == 0 ? dice() % 5000 + 1 : dice() % 50 + 1, '\0');
        bool const noise = dice() % 4 == 0;
        for (char& c : bytes)
            c = static_cast<char>(noise ? dice() : 'a' + dice() % 3);
        return bytes;
    };
    auto const count = dice() % 200 + 1;
    for (unsigned i = 0; i < count; ++i) {
        std::vector<std::string> messages(dice() % 3 == 0 ? dice() % 10 + 1 : 1);
        for (auto& message : messages)
            message = text();
        auto const who = dice() % 8;
        auto& row = who < 3 ? segment.add_by("p" + std::to_string(who), {who, i}, messages)
                            : segment.add(messages);
        if (dice() % 10 == 0) {
            row.head.stream_seq = std::to_string(100'000 + i);
            segment.facts.after.stream_seq = row.head.stream_seq;
        }
    }
    constexpr std::array k_seals{Seal::full, Seal::aged, Seal::closed, Seal::full_closed};
    auto const seal = k_seals.at(dice() % k_seals.size());
    if (seal == Seal::closed && dice() % 2 == 0) segment.add({}); // only closes
    segment.end(seal);
    return segment;
}

// All rows of an object, read the way a reader does: footer, stripes, rows.
inline std::vector<SampleRow> read_rows(Bytes const& object, Stripes const& stripes) {
    std::vector<SampleRow> rows;
    for (auto const& stripe : stripes) {
        auto const raw = unpack_stripe(object.slice(stripe.offset, stripe.stored_bytes), stripe);
        REQUIRE(raw);
        StripeRows all(raw->view());
        while (true) {
            auto const row = all.next();
            REQUIRE(row);
            if (!*row) break;
            std::string head;
            encode_block_head(head, (*row)->head);
            CHECK(head == (*row)->head_bytes);
            rows.push_back({(*row)->head, std::string((*row)->body)});
        }
    }
    return rows;
}

inline void check_same(std::vector<SampleRow> const& a, std::vector<SampleRow> const& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        CAPTURE(i);
        CHECK(a[i].head == b[i].head);
        CHECK(a[i].body == b[i].body);
    }
}

inline void check_same(SegmentFacts const& a, SegmentFacts const& b) {
    auto const numbers = [](SegmentFacts const& facts) {
        auto const& stream = facts.stream;
        return std::tuple(facts.at, facts.start, facts.end, facts.ordinal, facts.messages,
                          facts.rows, facts.bytes, facts.first_ms, facts.last_ms, facts.written_ms,
                          facts.seal, stream.id, stream.created_ms, stream.touched_ms,
                          stream.soft_deleted);
    };
    CHECK((numbers(a) == numbers(b)));
    CHECK(a.home == b.home);
    CHECK(a.fork_source == b.fork_source);
    CHECK((a.after == b.after));
    CHECK(a.stream.name == b.stream.name);
    CHECK(a.stream.content_type == b.stream.content_type);
    CHECK((a.stream.lifetime == b.stream.lifetime));
    REQUIRE(a.stream.fork.has_value() == b.stream.fork.has_value());
    if (!a.stream.fork) return;
    auto const fork = [](ForkRecord const& f) {
        return std::tuple(f.source, f.point, f.ordinal, f.at, f.asked_at, f.asked_sub_offset);
    };
    CHECK((fork(*a.stream.fork) == fork(*b.stream.fork)));
}

} // namespace ds::test
