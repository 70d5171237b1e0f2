// What one lane commits at once: asks judged one after another on staged copies, their rows written
// into one transaction, and nothing visible to anybody before that transaction is on disk.
//
//     Batch batch(shelf, now);
//     answers.push_back(batch.apply(std::move(ask)));   // as often as there are asks
//     if (batch.commit()) advances = batch.adopt();      // else nothing has happened
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "engine/catalog.h"
#include "engine/chore.h"
#include "engine/copies.h"
#include "engine/courier.h"
#include "engine/garbage.h"
#include "engine/payloads.h"
#include "engine/roster.h"
#include "engine/sequencer.h"
#include "engine/stream_limit.h"
#include "engine/tail_cache.h"
#include "model/ask.h"
#include "storage/hot_log.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace ds {

struct FanoutSettings {
    // Copies for so many subscribers are made along with the append, for more of them later.
    std::size_t inline_max = 16;
    // So much may be owed to the subscribers of one stream; what comes then is announced to them
    // instead of copied.
    std::uint64_t backlog_bytes = 4096 * k_mib;
    // A body of this size is in the log once, and its copies refer to it.
    std::uint64_t shared_from = 1 * k_kib;
};

// What a lane owns and a batch works on.
struct Shelf {
    HotLog log;
    Catalog& catalog;
    TailCache& tail_cache;
    SegmentLimits limits;
    std::chrono::milliseconds producer_retention;
    std::uint64_t producers_max = 0; // that a stream remembers; 0: no limit
    LimitRefusals* refused = nullptr;
    std::int64_t next_seq = 1;
    std::int64_t next_stream = 1; // ids step by `stream_step`, so that lanes never share one
    std::int64_t stream_step = 1;
    Garbage garbage{};
    StreamLimit stream_limit{};
    Roster roster{};
    Payloads payloads{};
    FanoutSettings fanout{};
    std::optional<RowCopies> copies{}; // of the append that was owed last
};

class Batch {
public:
    Batch(Shelf& shelf, Millis now) : shelf_(shelf), now_(now) {}
    ~Batch();
    Batch(Batch const&) = delete;
    Batch& operator=(Batch const&) = delete;

    // True for a fork of a stream that this batch appends to or trims: the fork point must be
    // committed, so this batch has to be settled before the ask can be judged.
    bool must_settle_before(Ask const& ask);
    // True for a fork at a place that lies in a segment, unless it has been looked up there.
    bool must_look_up(Ask const& ask);
    // True for an ask that has to wait until copies that are owed have been made: nothing that was
    // appended while somebody subscribed is lost. It is to be asked again.
    bool must_wait(Ask& ask);
    // Makes copies that are owed: `most` of them, or until it is `enough`. How many.
    struct Portion {
        std::size_t copies;
        std::uint64_t bytes; // that are written for them; one copy may be more
    };
    std::size_t fan_out(Portion most, FanoutTurns::Failing failing,
                        std::function<bool()> const& enough);
    // It holds nothing but copies of a source that failed before: nobody else may depend on it.
    bool is_trial() const { return trial_ != nullptr; }
    // What had to wait may have to no longer.
    bool may_go_on() const { return !finished_ms_.empty() || owes_less_; }

    // Judges one ask against what is staged so far and stages what follows from it.
    Answer apply(Ask ask);
    // The same for a chore. False when it is refused.
    bool apply(Chore& chore);
    // Ends a stream whose lifetime is over.
    void expire(std::shared_ptr<Stream> const& stream);
    void persist_touch(Stream const& stream);
    // Removes rows that nobody needs: a table of them, or up to `most`. Best done before anything
    // is added: what is added then takes the pages that have become free.
    void sweep(std::size_t most, Garbage::When when);

    // Nothing of the batch is to happen.
    void fail(Error why) {
        if (!fault_) fault_ = std::move(why);
    }
    bool wrote() const { return began_; }
    // Durable when it returns; on a fault nothing of the batch has happened, and the batch is over.
    // A fault of a row (is_of_a_row) says nothing of the disk: without that row all would be well.
    Result<void> commit();

    struct Adopted {
        std::shared_ptr<Advance> advance;
        std::uint64_t couriers = 0; // one bit for each that watches
    };
    // What the lane has to look after from now on.
    struct Outcome {
        struct Opened {
            std::shared_ptr<Stream> stream;
            std::uint64_t segment;
        };
        // Has segments that should be rotated.
        struct Sealed {
            std::shared_ptr<Stream> stream;
            std::uint64_t bytes; // of the segments that this batch sealed
        };
        std::vector<Adopted> advances;
        std::vector<std::shared_ptr<Stream>> created;
        std::vector<Opened> opened; // segments that hold their first message
        std::vector<Sealed> sealed;
        std::vector<std::shared_ptr<Stream>> gone; // ended or soft-deleted, with segments
    };
    // Makes everything visible. Once, after commit.
    Outcome adopt();

private:
    struct Staged {
        std::shared_ptr<Stream> stream;
        Head before;
        Head head;
        Offset last_row_at; // of its first message
        std::vector<RowPtr> rows;
        std::vector<RowPlace> places;
        std::vector<Stream::NewSegment> segments;
        std::unordered_map<std::string, ProducerMark> producers;
        std::uint64_t new_producers = 0; // of them, that the stream does not know
        std::optional<std::string> stream_seq;
        std::optional<ProducerClaim> closer;
        std::int32_t forks = 0; // change
        Life life = Life::live;
        bool created = false;
        bool life_changed = false;
        std::optional<AdoptSegment> rotation;
        std::optional<Trim> trim;
    };

    Answer judge(Create& ask);
    // The refusal when the stream (null: there is none) is not as the asker believes.
    std::optional<Refused> failed_condition(Precondition const* condition,
                                            std::shared_ptr<Stream> const& stream);
    Answer judge(Append& ask);
    Answer judge(Remove& ask);
    Answer judge(Subscribe& ask);
    Answer judge(Unsubscribe& ask);
    Answer judge(TouchEstuary& ask);
    Answer judge(LookAtEstuary& ask);
    Answer judge(ListEstuaries& ask);
    Answer judge(RemoveEstuary& ask);
    Answer judge(Acknowledge& ask);
    bool judge(AdoptSegment& chore);
    bool judge(SealSegment& chore);
    bool judge(Trim& chore);
    bool judge(ForgetSegments& chore);
    bool judge(SetRetention& chore);
    bool judge(SkipCopies& chore);
    static bool judge(Look& chore);
    Answer create(Create& ask, std::shared_ptr<Stream> const& source);
    Staged& make_stream(StreamRecord& record, StreamName const& name,
                        std::shared_ptr<Stream> const& source);
    std::variant<ForkRecord, Refused> fork_record(ForkOf const& asked, Stream const& source,
                                                  Head const& source_head) const;
    static AppendSpan append_at(ForkOf const& asked, Stream const& source, std::uint64_t position);
    std::variant<std::shared_ptr<Stream>, Refused> fork_source(Create const& ask);

    // The stream of a name as staged: null when absent or ended.
    std::shared_ptr<Stream> find(std::string const& full_name);
    Staged& stage(std::shared_ptr<Stream> const& stream);
    Life life_of(std::shared_ptr<Stream> const& stream);
    std::optional<ProducerMark> known(Staged& staged, std::string const& id) const;
    // What is special about the body of a row that has copies, or is one.
    struct Kept {
        std::optional<std::int64_t> payload{}; // the id under which rows share it
        bool shares_body = false;              // as in Row
    };
    void write_row(Staged& staged, Messages& messages, bool close,
                   std::optional<ProducerClaim>& producer, std::optional<std::string>& stream_seq,
                   Kept kept);
    void write_body(Row const& row, std::int64_t stream, Kept const& kept);
    void end(std::shared_ptr<Stream> stream);
    void remember_ended(Stream const& stream, Head const& head);
    // A stream of this name has ended, but is there until what it owes has been copied.
    bool is_ending(std::string const& full_name);

    // Estuaries (engine/batch_estuaries).
    std::shared_ptr<Stream> find_estuary(StreamName const& name);
    std::optional<Refused> refusal_of(Subscribe const& ask, std::shared_ptr<Stream> const& source,
                                      std::shared_ptr<Stream> const& estuary);
    std::shared_ptr<Stream> make_estuary(Subscribe const& ask, std::string_view content_type);
    void renew(Stream& estuary);
    void drop_subscription(FanoutSource& source, std::int64_t id);
    void drop_subscriptions_of(Stream const& estuary);
    void leave_roster(Stream const& stream);

    // Copies (engine/batch_fanout).
    struct Served {
        std::size_t copies = 0;
        bool goes_on = false; // there is more that can be copied in this batch
        bool held_up = false; // by an estuary that owes too much itself
    };
    bool is_to_end(Stream const& stream);
    bool can_copy_now(FanoutSource const& source, Row const& row);
    FanoutTold copy_last_row(Staged& staged);
    void write_copy(Subscription const& to, RowCopies& copies);
    void give(Subscription const& to, Messages messages, Kept const& kept);
    void announce_to(FanoutSource const& source, Subscription& to, Offset until);
    Kept kept_with_copies(Stream const& stream, std::size_t bytes);
    Kept kept_as_copy(Row const& row, RowCopies::Copy const& copy) const;
    void owe(FanoutSource& source, Row const& row);
    void announce_debt(FanoutSource& source, FanoutSource::Debt& debt, std::uint64_t until);
    void write_debt(FanoutSource& source, std::optional<FanoutSource::Debt> const& debt);
    void set_aside(FanoutSource& source, std::string const& why);
    RowCopies& copies_of(FanoutSource const& source, RowPtr const& row);
    bool is_held_up(Stream const& estuary);
    std::uint64_t end_of(Stream const& stream) const;
    Result<RowPtr> owed_row(Stream const& stream, std::uint64_t position);
    Result<Served> serve(FanoutSource& source, Portion most, std::function<bool()> const& enough);
    template <typename Give>
    Served serve_row(FanoutSource& source, std::uint64_t end, std::uint64_t cost, Portion most,
                     std::function<bool()> const& enough, Give give_to);
    void note_copies(FanoutSource const& source, std::size_t copies);
    // Runs one statement inside the transaction, which it begins; a fault is kept for commit().
    template <typename Change>
    void write(Change change);
    void forget_staged();
    void adopt_rows_and_life(Staged& staged, Outcome& outcome);
    void adopt_rotation(Staged& staged);
    void discard(std::vector<RowPlace> const& rows);
    void remember_writers(Staged& staged) const;
    void forget_silent_producers(Writers& writers) const;
    bool has_room_for(ProducerClaim const& producer, Staged& staged) const;

    Shelf& shelf_;
    Millis now_;
    bool began_ = false;
    std::optional<Error> fault_;
    std::deque<Staged> staged_; // stable addresses: streams point at theirs
    std::unordered_map<std::string, std::shared_ptr<Stream>> names_; // created or ended here
    std::int64_t seq_ = shelf_.next_seq;
    std::int64_t stream_id_ = shelf_.next_stream;
    std::optional<Garbage::Removal> swept_;
    std::vector<std::int64_t> fanned_; // sources of copies
    std::size_t copies_ = 0;
    std::uint64_t copied_bytes_ = 0;
    FanoutSource* trial_ = nullptr;
    std::size_t publishes_ = 0;
    bool owes_less_ = false;
    std::vector<std::int64_t> finished_ms_; // when appends came that everybody has now
    std::string head_bytes_;                // reused for each row
};

template <typename Change>
void Batch::write(Change change) {
    if (fault_) return;
    if (!began_) {
        auto begun = shelf_.log.begin();
        if (!begun) {
            fault_ = std::move(begun).error();
            return;
        }
        began_ = true;
    }
    Result<void> done = change(shelf_.log);
    if (!done) fault_ = std::move(done).error();
}

} // namespace ds
