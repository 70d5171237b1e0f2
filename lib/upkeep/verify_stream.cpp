// The checks of one stream.
#include "upkeep/verify_stream.h"

#include "base/json_text.h"
#include "format/checksum.h"
#include "model/content.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace ds::upkeep {

namespace {

// A producer that is silent for longer may have been forgotten, and begin anew.
constexpr std::int64_t k_surely_known_ms{60'000};
constexpr std::size_t k_json_depth = 1024;

std::uint64_t checksum_of(std::string_view head, std::string_view body) {
    return checksum_64(head) * 31 + checksum_64(body);
}

// Whether what a segment says of the writers is what is recorded, or the last part of it.
bool tells_of(Ledger const& told, Ledger const& recorded) {
    if (!told.is_part) return told == recorded;
    return told.stream_seq == recorded.stream_seq && told.closer == recorded.closer &&
           std::ranges::all_of(told.producers, [&](auto const& producer) {
               auto const found = recorded.producers.find(producer.first);
               return found != recorded.producers.end() && found->second == producer.second;
           });
}

} // namespace

StreamCheck::StreamCheck(StreamRecord record)
    : record_(std::move(record)),
      json_(is_json_type(record_.content_type)) {
    next_ = {record_.first_segment, 0};
    if (!record_.fork) return;
    next_ = record_.fork->at;
    end_ = record_.fork->point;
    ordinal_ = record_.fork->ordinal;
}

Error StreamCheck::lie(std::string const& what) const {
    return {Fault::corrupt,
            "stream " + record_.name + " (id " + std::to_string(record_.id) + "): " + what};
}

Result<void> StreamCheck::take(RotatedRecord rotated) {
    bool const moved = rotated.earliest_start > end_ || rotated.earliest.segment > next_.segment;
    if (rotated.earliest_start < end_ || rotated.until < rotated.earliest_start ||
        (!moved && rotated.earliest != next_))
        return lie("it begins at a place that cannot be");
    if (moved) {
        next_ = rotated.earliest;
        end_ = rotated.earliest_start;
        ordinal_ = UINT64_MAX; // as the first segment says
    }
    producers_ = rotated.ledger.producers;
    rotated_ = std::move(rotated);
    return {};
}

Result<bool> StreamCheck::take(SegmentRecord const& segment) {
    if (!rotated_) return lie(segment.key + " is recorded, but nothing was rotated");
    if (segment.at.segment < rotated_->earliest.segment) return false;
    if (last_closes_) return lie(segment.key + " follows the segment that closed the stream");
    if (ordinal_ == UINT64_MAX) ordinal_ = segment.ordinal;
    if (segment.at != next_ || segment.start != end_ || segment.ordinal != ordinal_ ||
        segment.end < segment.start)
        return lie(segment.key + " does not begin where the segment before it ends");
    SegmentFacts facts;
    facts.at = segment.at;
    facts.start = segment.start;
    facts.end = segment.end;
    facts.seal = segment.seal;
    next_ = facts.next();
    end_ = segment.end;
    ordinal_ += segment.messages;
    last_closes_ = closes(segment.seal);
    any_segment_ = true;
    return true;
}

Result<void> StreamCheck::finish_segments() const {
    if (!rotated_) return {};
    bool const whole = rotated_->until == end_ && rotated_->next == next_ &&
                       rotated_->closed == last_closes_ &&
                       (ordinal_ == UINT64_MAX || rotated_->ordinal == ordinal_);
    if (!whole) return lie("its segments do not reach the place up to which it was rotated");
    return {};
}

Result<void> StreamCheck::agrees(SegmentRecord const& segment, SegmentFooter const& footer) const {
    auto const& facts = footer.facts;
    auto const differs = [&](std::string const& what) {
        return lie(segment.key + " is not what was recorded: " + what);
    };
    if (footer.checksum != segment.checksum) return differs("another checksum");
    if (footer.stripes != segment.stripes) return differs("other stripes");
    auto const recorded = std::tie(segment.stream, segment.at, segment.start, segment.end,
                                   segment.ordinal, segment.messages, segment.rows, segment.bytes,
                                   segment.first_ms, segment.last_ms, segment.seal);
    auto const told =
        std::tie(facts.stream.id, facts.at, facts.start, facts.end, facts.ordinal, facts.messages,
                 facts.rows, facts.bytes, facts.first_ms, facts.last_ms, facts.seal);
    if (recorded != told) return differs("another range or size");
    if (facts.stream.name != record_.name || facts.stream.content_type != record_.content_type ||
        facts.stream.lifetime != record_.lifetime ||
        facts.stream.created_ms != record_.created_ms ||
        facts.stream.fork.has_value() != record_.fork.has_value())
        return differs("another stream");
    bool const last = rotated_ && segment.end == rotated_->until &&
                      facts.next() == rotated_->next && closes(facts.seal) == rotated_->closed;
    if (last && !tells_of(facts.after, rotated_->ledger)) return differs("other writers");
    return {};
}

Result<void> StreamCheck::keeps(SegmentRecord const& segment, Bytes const& object) const {
    auto const number = segment.at.segment;
    auto kept = kept_.lower_bound({number, 0});
    if (kept == kept_.end() || kept->first.segment != number) return {};
    for (auto const& stripe : segment.stripes) {
        auto const stored = object.slice(stripe.offset, stripe.stored_bytes);
        auto const raw = TRY(unpack_stripe(stored, stripe));
        StripeRows rows(raw.view());
        while (auto const row = TRY(rows.next())) {
            if (kept == kept_.end() || kept->first != row->head.at) continue;
            if (kept->second != checksum_of(row->head_bytes, row->body))
                return lie("the row at " + format_offset(row->head.at) +
                           " that is kept in the log is not that of " + segment.key);
            ++kept;
        }
    }
    if (kept == kept_.end() || kept->first.segment != number) return {};
    return lie("the row at " + format_offset(kept->first) + " that is kept in the log is not in " +
               segment.key);
}

Result<void> StreamCheck::take(std::int64_t seq, HotReader::Row const& found) {
    auto const& [head, body, head_bytes, intact] = found;
    auto const row = "row " + std::to_string(seq);
    if (!intact) return lie(row + " is damaged: its checksum does not hold");
    TRY(check_messages(row, head, body));
    // What is in a segment as well is kept, or still to be swept.
    if (rotated_ && (rotated_->closed || head.at < rotated_->next)) {
        if (head.at >= rotated_->earliest) kept_[head.at] = checksum_of(head_bytes, body);
        return {};
    }
    if (closed_ || last_closes_) return lie(row + " follows the append that closed the stream");
    if (head.at != next_ || head.start != end_)
        return lie(row + " does not begin where the one before it ends");
    if (ordinal_ != UINT64_MAX && head.ordinal != ordinal_)
        return lie(row + " counts the messages before it otherwise");
    auto const length = json_ ? head.count : body.size();
    end_ += length;
    ordinal_ = head.ordinal + head.count;
    next_ = head.fills_segment ? Offset{next_.segment + 1, 0}
                               : Offset{next_.segment, next_.position + length};
    closed_ = head.closes;
    return check_writer(row, head);
}

Result<void> StreamCheck::check_messages(std::string const& row, BlockHead const& head,
                                         std::string_view body) const {
    if (head.count == 0) {
        bool const ends = head.closes || head.fills_segment;
        if (ends && body.empty() && head.lengths.empty()) return {};
        return lie(row + " has no messages, and does not say why");
    }
    std::uint64_t const commas = json_ ? head.count - 1 : 0;
    bool const fits =
        head.lengths.empty()
            ? head.count == 1
            : head.lengths.size() == head.count &&
                  std::accumulate(head.lengths.begin(), head.lengths.end(), commas) == body.size();
    if (!fits) return lie(row + " does not have the messages that it says");
    if (!json_) return {};
    std::size_t at = 0;
    for (std::size_t i = 0; i < head.count; ++i) {
        auto const size = head.lengths.empty() ? body.size() : head.lengths[i];
        if (!scan_json(body.substr(at, size), k_json_depth))
            return lie(row + " has a message that is no JSON");
        at += size + 1;
    }
    return {};
}

Result<void> StreamCheck::check_writer(std::string const& row, BlockHead const& head) {
    auto const& claim = head.producer;
    if (!claim) return {};
    auto const known = producers_.find(claim->id);
    bool const surely =
        known != producers_.end() && head.time_ms - known->second.last_ms < k_surely_known_ms;
    auto const order = [](ProducerMark const& mark) {
        return std::tuple(mark.epoch, mark.sequence);
    };
    if (surely && order(claim->mark) <= order(known->second.mark))
        return lie(row + " has a producer's append for the second time");
    producers_[claim->id] = {claim->mark, head.time_ms};
    return {};
}

} // namespace ds::upkeep
