// Rebuilding the index from the log.
#include "engine/recovery.h"

#include "base/log.h"
#include "format/row_sum.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace ds {

namespace {

// What no stream can say of itself: arithmetic on it would have no meaning.
constexpr std::uint64_t k_position_max = std::uint64_t{1} << 62;

bool is_possible(RotatedRecord const& rotated) {
    return is_token(rotated.next) && is_token(rotated.earliest) &&
           rotated.until <= k_position_max && rotated.earliest_start <= rotated.until &&
           rotated.ordinal <= k_position_max;
}

bool is_possible(ForkRecord const& fork) {
    return is_token(fork.at) && fork.point <= k_position_max && fork.at.position <= fork.point &&
           (!fork.asked_at || is_token(*fork.asked_at));
}

class Recovery {
public:
    Recovery(LogTables tables, Catalog& catalog, RecoverySettings const& settings)
        : catalog_(catalog),
          settings_(settings) {
        result.garbage = Garbage(tables);
    }

    // A fork's id is larger than its source's, so the source is there when the fork comes.
    Result<void> take(StreamRecord const& record) {
        auto const full = std::string_view(record.name);
        auto const slash = full.find('/');
        if (slash == std::string_view::npos)
            return Error{Fault::corrupt, "stream " + std::to_string(record.id) + " has no project"};
        auto name = TRY(make_stream_name(full.substr(0, slash), full.substr(slash + 1)));
        std::shared_ptr<Stream> source;
        if (record.fork) {
            source = find(record.fork->source);
            if (!source) return Error{Fault::corrupt, record.name + " is a fork of nothing"};
            if (!is_possible(*record.fork) || source->depth() >= k_fork_depth_max)
                return Error{Fault::corrupt, record.name + " is a fork that cannot be"};
            ++source->forks;
        }
        auto stream = std::make_shared<Stream>(record, std::move(name), source);
        if (!std::holds_alternative<Forever>(record.lifetime)) result.mortal.push_back(stream);
        by_id_.push_back(stream);
        catalog_.put(std::move(stream));
        return {};
    }

    Result<void> take(RotatedRecord const& rotated) {
        if (!is_possible(rotated))
            return Error{Fault::corrupt, "what is rotated of stream " +
                                             std::to_string(rotated.stream) + " cannot be"};
        if (auto const& stream = find(rotated.stream)) {
            stream->change()->recover(rotated);
            if (!rotated.ledger.empty())
                static_cast<Ledger&>(stream->writers_to_change()) = rotated.ledger;
            earliest_[rotated.stream] = rotated.earliest.segment;
        } else {
            doomed(rotated.stream).stream_is_gone = true;
        }
        return {};
    }

    Result<void> take(SegmentRecord const& segment) {
        auto const& stream = find(segment.stream);
        auto const earliest = earliest_.find(segment.stream);
        if (!stream || (earliest != earliest_.end() && segment.at.segment < earliest->second)) {
            doomed(segment.stream).stream_is_gone = !stream;
            result.doomed.back().numbers.push_back(segment.at.segment);
            return {};
        }
        if (stream->change()->recover(segment)) return {};
        return Error{Fault::corrupt, segment.key + " does not follow the segment before it"};
    }

    Result<void> take(LogRecord const& row) {
        ++result.rows;
        result.last_seq = std::max(result.last_seq, row.seq);
        result.garbage.note_row(row.seq, row.body_bytes);
        if (row.payload) result.payloads.recover_reference(*row.payload);
        auto const& stream = find(row.stream);
        if (row.damaged) tell_damage(row, stream);
        if (!stream) {
            result.garbage.add(row.seq);
            return {};
        }
        switch (stream->change()->recover(row, settings_.keep_rows)) {
        case StreamChange::Recovered::taken:
            recover_use(*stream, row);
            note_opened(stream, row);
            return {};
        case StreamChange::Recovered::not_needed: result.garbage.add(row.seq); [[fallthrough]];
        case StreamChange::Recovered::kept: note_opened(stream, row); return {};
        case StreamChange::Recovered::misplaced: break;
        }
        return Error{Fault::corrupt, "row " + std::to_string(row.seq) + " of " +
                                         stream->name.full() +
                                         " does not follow the row before it"};
    }

    Result<void> take_estuary(std::int64_t id) {
        auto const& stream = find(id);
        if (!stream) return Error{Fault::corrupt, "an estuary is no stream"};
        result.roster.add_estuary(stream);
        return {};
    }

    Result<void> take(SubscriptionRecord const& record) {
        auto const& source = find(record.source);
        auto const& estuary = find(record.estuary);
        if (!source || !estuary || result.roster.estuary(*estuary) == nullptr)
            return Error{Fault::corrupt, "subscription " + std::to_string(record.id) +
                                             " is of nobody, or to nothing"};
        result.roster.recover(source, estuary, record);
        return {};
    }

    // It is named after a row (Batch::kept_as_copy), which may have gone. No other row gets that
    // number before the body is gone as well: it would be taken for the body of that row.
    Result<void> take_payload(std::int64_t id) {
        result.payloads.recover(id);
        result.last_seq = std::max(result.last_seq, id / 2);
        return {};
    }

    // After the rows.
    Result<void> take(FanoutRecord const& record) {
        auto const& stream = find(record.source);
        auto* const source = stream ? result.roster.source(*stream) : nullptr;
        bool const announced = record.announced > record.position;
        auto const first = announced ? record.announced : record.position;
        auto owed = stream ? stream->index()->rows_from(first, k_copied_body_max) : Extent{};
        // What was set aside may have gone to the store: nobody is going to copy it.
        bool const reads = !announced && record.aside.empty();
        bool const there = reads ? owed.messages > 0 : stream && first <= stream->head().end;
        if (source == nullptr || !there)
            return Error{Fault::corrupt, "copies are owed of what is not there (stream " +
                                             std::to_string(record.source) + ")"};
        if (announced) ++owed.messages; // the announcement
        result.roster.set_debt(*source,
                               FanoutSource::Debt{record.position, record.served, owed.messages,
                                                  owed.bytes + owed.messages * k_copy_bytes,
                                                  record.announced, record.aside});
        return {};
    }

    Result<void> check_rotations() const {
        for (auto const& [id, first] : earliest_)
            if (!find(id)->rotation()->is_whole())
                return Error{Fault::corrupt,
                             "the segments of " + find(id)->name.full() + " are not whole"};
        return {};
    }

    // After the rows.
    Result<void> check_forks() const {
        for (auto const& stream : by_id_)
            if (stream->fork() != nullptr && stream->fork()->point > stream->source()->head().end)
                return Error{Fault::corrupt,
                             stream->name.full() + " begins beyond the end of its source"};
        return {};
    }

    void finish() {
        result.roster.keep();
        result.payloads.finish_recovery();
        for (auto const& [id, first] : earliest_)
            for (auto const& place : find(id)->change()->finish_recovery())
                result.garbage.add(place.seq);
        for (auto const& stream : by_id_) {
            if (stream->rotation()->waiting().count > 0) result.sealed.push_back(stream);
            bool const marked =
                stream->life() == Life::soft_deleted && stream->rotation()->has_segments();
            if (marked) result.marked.push_back(stream);
            auto const head = stream->head();
            auto const opened = opened_.find(stream->id);
            if (opened != opened_.end() && head.segment_messages > 0 && !head.closed)
                result.open.push_back({stream, head.tail.segment, opened->second.second});
        }
    }

    Recovered result;

private:
    // Whatever it says is not served; the streams beside it are.
    void tell_damage(LogRecord const& row, std::shared_ptr<Stream> const& stream) {
        if (++damaged_ > k_damage_told) return;
        log_event(Level::error, "row.damaged",
                  {{"stream", stream ? stream->name.full() : std::string("of nobody")},
                   {"error", damaged_row(row.seq).what}});
    }

    // Who wrote the row, and that the stream was used.
    void recover_use(Stream& stream, LogRecord const& row) {
        // Copies do not renew an estuary; what does is written down at once.
        bool const renews = result.roster.estuary(stream) == nullptr;
        if (renews && row.head.time_ms > stream.lifespan.touched_ms())
            stream.lifespan.touch(from_count_ms(row.head.time_ms));
        if (auto const& claim = row.head.producer) {
            auto& writers = stream.writers_to_change();
            writers.producers[claim->id] = {claim->mark, row.head.time_ms};
            if (row.head.closes) writers.closer = claim;
        }
        if (row.head.stream_seq) stream.writers_to_change().stream_seq = row.head.stream_seq;
    }

    // They come in the order of their ids.
    std::shared_ptr<Stream> const& find(std::int64_t id) const {
        static std::shared_ptr<Stream> const none;
        auto const found = std::ranges::lower_bound(by_id_, id, {}, &Stream::id);
        return found != by_id_.end() && (*found)->id == id ? *found : none;
    }

    // They come by stream.
    Recovered::Doomed& doomed(std::int64_t stream) {
        if (result.doomed.empty() || result.doomed.back().stream != stream)
            result.doomed.push_back({stream, {}, false});
        return result.doomed.back();
    }

    // When the first message of a segment came.
    void note_opened(std::shared_ptr<Stream> const& stream, LogRecord const& row) {
        if (!settings_.note_open || row.head.count == 0) return;
        auto& opened = opened_[stream->id];
        if (opened.second == 0 || opened.first != row.head.at.segment)
            opened = {row.head.at.segment, row.head.time_ms};
    }

    static constexpr unsigned k_damage_told = 100;
    unsigned damaged_ = 0;
    Catalog& catalog_;
    RecoverySettings settings_;
    std::vector<std::shared_ptr<Stream>> by_id_;
    std::unordered_map<std::int64_t, std::uint64_t> earliest_; // segment, of rotated streams
    std::unordered_map<std::int64_t, std::pair<std::uint64_t, std::int64_t>> opened_;
};

} // namespace

Result<Recovered> recover(HotLog& log, Catalog& catalog, RecoverySettings const& settings) {
    Recovery recovery(log.tables(), catalog, settings);
    auto const take = [&](auto const& record) { return recovery.take(record); };
    TRY(log.each_stream(take));
    TRY(log.segments().each_rotated(take));
    TRY(log.segments().each_segment(take));
    TRY(recovery.check_rotations());
    TRY(log.estuaries().each_estuary([&](std::int64_t id) { return recovery.take_estuary(id); }));
    TRY(log.estuaries().each_subscription(take));
    TRY(log.each_payload([&](std::int64_t id) { return recovery.take_payload(id); }));
    TRY(log.each_row(take));
    TRY(recovery.check_forks());
    TRY(log.estuaries().each_fanout(take));
    recovery.finish();
    auto& retentions = recovery.result.retentions;
    TRY(log.segments().each_retention(
        [&](std::string_view scope, Retention const& retention) -> Result<void> {
            retentions.emplace_back(scope, retention);
            return {};
        }));
    recovery.result.last_stream = TRY(log.last_stream_id());
    return std::move(recovery.result);
}

} // namespace ds
