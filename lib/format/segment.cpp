// Writing a segment, and holding all that one says against all that is in it.
#include "format/segment.h"

#include "base/ensure.h"
#include "format/checksum.h"
#include "model/content.h"

#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace ds {

namespace {

// What lengths take in front of a row's head and body.
constexpr std::size_t k_row_framing_max = 10;
constexpr std::size_t k_footer_room = 4 * k_kib;

// Rows in their order, held against the facts.
class RowCheck {
public:
    explicit RowCheck(SegmentFacts const& facts)
        : facts_(facts),
          json_(is_json_type(facts.stream.content_type)),
          end_(facts.start),
          ordinal_(facts.ordinal) {}

    Result<void> stripe(Stripe const& stripe, std::string_view raw, std::uint32_t rows) {
        if (stripe.start != end_ || stripe.ordinal != ordinal_)
            return corrupt("a stripe does not begin where the index says");
        StripeRows stripe_rows(raw);
        auto const before = rows_;
        while (auto row = TRY(stripe_rows.next()))
            TRY(take(*row));
        if (rows_ - before != rows || rows == 0)
            return corrupt("a stripe does not have the rows that it says");
        return {};
    }

    Result<void> finish() const {
        if (rows_ != facts_.rows || bytes_ != facts_.bytes || end_ != facts_.end ||
            ordinal_ - facts_.ordinal != facts_.messages)
            return corrupt("the facts do not count what is in it");
        if (first_ms_ != facts_.first_ms || last_.time_ms != facts_.last_ms)
            return corrupt("the facts do not say when its rows were appended");
        if (!seal_holds()) return corrupt("it does not end as its seal says");
        if (!ledger_holds()) return corrupt("the ledger does not know what its writers did");
        return {};
    }

private:
    static Error corrupt(std::string what) {
        return {Fault::corrupt, "segment: " + std::move(what)};
    }

    Result<void> take(StripeRows::Row& row) {
        auto& head = row.head;
        auto const refuse = [&](std::string const& what) {
            return corrupt("row " + std::to_string(rows_) + what);
        };
        if (last_.closes || last_.fills_segment) return refuse(" follows the last one");
        Offset const at{facts_.at.segment, facts_.at.position + (end_ - facts_.start)};
        if (head.start != end_ || head.ordinal != ordinal_ || head.at != at)
            return refuse(" does not begin where the one before it ends");
        if (!is_whole(head, row.body)) return refuse(" does not have the messages that it says");
        if (head.producer) marks_[head.producer->id] = head.producer->mark;
        if (head.stream_seq) {
            if (stream_seq_ && *head.stream_seq <= *stream_seq_)
                return refuse(" has a Stream-Seq that is not larger than the one before it");
            stream_seq_ = head.stream_seq;
        }
        if (rows_++ == 0) first_ms_ = head.time_ms;
        bytes_ += row.body.size();
        end_ += json_ ? head.count : row.body.size();
        ordinal_ += head.count;
        last_ = std::move(head);
        return {};
    }

    bool is_whole(BlockHead const& head, std::string_view body) const {
        bool const ends = head.closes != head.fills_segment; // the stream, or an aged segment
        if (head.count == 0) return ends && body.empty() && head.lengths.empty();
        if (head.lengths.empty()) return head.count == 1;
        std::uint64_t const commas = json_ ? head.count - 1 : 0;
        return std::accumulate(head.lengths.begin(), head.lengths.end(), commas) == body.size();
    }

    bool seal_holds() const {
        switch (facts_.seal) {
        case Seal::full: return last_.fills_segment && last_.count > 0 && !last_.closes;
        case Seal::aged: return last_.fills_segment && last_.count == 0;
        case Seal::closed: return rows_ == 0 || (last_.closes && !last_.fills_segment);
        case Seal::full_closed: return last_.closes && last_.fills_segment;
        }
        return false;
    }

    // A producer may be forgotten by the end; if it is known, then at least as its last row says.
    bool ledger_holds() const {
        auto const& after = facts_.after;
        for (auto const& [id, mark] : marks_) {
            auto const known = after.producers.find(id);
            if (known == after.producers.end()) continue;
            auto const& kept = known->second.mark;
            if (std::tie(kept.epoch, kept.sequence) < std::tie(mark.epoch, mark.sequence))
                return false;
        }
        if (stream_seq_ && (!after.stream_seq || *after.stream_seq < *stream_seq_)) return false;
        if (rows_ == 0) return true;
        return after.closer == (last_.closes ? last_.producer : std::nullopt);
    }

    SegmentFacts const& facts_;
    bool const json_;
    std::uint64_t end_;
    std::uint64_t ordinal_;
    std::uint64_t rows_ = 0;
    std::uint64_t bytes_ = 0;
    std::int64_t first_ms_ = 0;
    BlockHead last_;
    std::unordered_map<std::string, ProducerMark> marks_;
    std::optional<std::string> stream_seq_;
};

} // namespace

SegmentWriter::SegmentWriter(Compression compression, std::size_t stripe_bytes,
                             std::size_t expected_bytes)
    : stripe_bytes_(stripe_bytes) {
    if (compression == Compression::zstd) compressor_.emplace();
    object_.reserve(expected_bytes + k_footer_room);
    object_.append(k_segment_magic);
}

void SegmentWriter::add(std::string_view head, std::string_view body, std::uint64_t start,
                        std::uint64_t ordinal) {
    auto const open_bytes = [&] {
        return compressor_ ? raw_.size()
                           : object_.size() - stripes_.back().offset - k_stripe_header_bytes;
    };
    auto const row_bytes = head.size() + body.size() + k_row_framing_max;
    if (stripes_.empty() || open_bytes() + row_bytes > stripe_bytes_) {
        end_stripe();
        begin_stripe(start, ordinal);
    }
    put_row(compressor_ ? raw_ : object_, head, body);
    ++stripe_rows_;
    ++rows_;
    bytes_ += body.size();
}

void SegmentWriter::begin_stripe(std::uint64_t start, std::uint64_t ordinal) {
    stripes_.push_back({.start = start, .ordinal = ordinal, .offset = object_.size()});
    object_.append(k_stripe_header_bytes, '\0');
    if (compressor_) raw_.reserve(stripe_bytes_);
    stripe_rows_ = 0;
}

void SegmentWriter::end_stripe() {
    if (stripes_.empty()) return;
    auto& stripe = stripes_.back();
    auto const payload_at = stripe.offset + k_stripe_header_bytes;
    auto codec = Compression::none;
    auto raw_bytes = object_.size() - payload_at;
    if (compressor_) {
        raw_bytes = raw_.size();
        if (compressor_->append(object_, raw_))
            codec = Compression::zstd;
        else
            object_.append(raw_);
        if (raw_.size() < raw_.capacity() / 2) raw_.shrink_to_fit(); // caches may keep it
        raw_stripes_.emplace_back(std::exchange(raw_, {}));
    }
    ENSURE(raw_bytes <= k_stripe_raw_max);
    stripe.raw_bytes = static_cast<std::uint32_t>(raw_bytes);
    stripe.stored_bytes = static_cast<std::uint32_t>(object_.size() - stripe.offset);
    set_stripe_header(object_, stripe.offset, codec, stripe_rows_, stripe.raw_bytes);
}

EncodedSegment SegmentWriter::finish(SegmentFacts const& facts) {
    ENSURE(facts.rows == rows_ && facts.bytes == bytes_);
    end_stripe();
    EncodedSegment segment;
    segment.checksum = append_footer(object_, facts, stripes_);
    segment.object = Bytes(std::move(object_));
    segment.raw = std::move(raw_stripes_);
    if (!compressor_)
        for (auto const& stripe : stripes_)
            segment.raw.push_back(
                segment.object.slice(stripe.offset + k_stripe_header_bytes, stripe.raw_bytes));
    segment.stripes = std::move(stripes_);
    return segment;
}

Result<SegmentFooter> verify_segment(Bytes const& object) {
    std::uint64_t wanted = 0;
    auto footer = TRY(read_footer(object.view(), object.size(), wanted));
    ENSURE(footer); // all of the object is there
    if (!object.view().starts_with(k_segment_magic))
        return Error{Fault::corrupt, "segment: the object does not begin as a segment does"};
    if (checksum_128(object.view().substr(0, object.size() - k_trailer_bytes)) != footer->checksum)
        return Error{Fault::corrupt, "segment: the checksum differs"};
    RowCheck check(footer->facts);
    for (auto const& stripe : footer->stripes) {
        auto const stored = object.slice(stripe.offset, stripe.stored_bytes);
        auto const raw = TRY(unpack_stripe(stored, stripe));
        TRY(check.stripe(stripe, raw.view(), stripe_rows(stored)));
    }
    TRY(check.finish());
    return *std::move(footer);
}

} // namespace ds
