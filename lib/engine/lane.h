// A lane: one thread that alone changes the streams assigned to it.
//
// Input gate: the inbox, bounded in asks and bytes, so that decisions about a stream happen one at
// a time. Output gate: the commit, so nobody hears of an append before it is on disk. While one
// batch is being made durable the next one gathers: batches grow by themselves under load, without
// a timer.
//
// A segment that has been open for too long is sealed without an append; what is sealed, and what
// has ended with segments in the store, is told to whoever moves and removes objects.
//
// Copies that are owed to subscribers (engine/batch_fanout) are made in between: a few with each
// batch while asks arrive, many at a time when nobody asks. What is to end before its copies have
// been made waits here, and others go on.
//
// After a failed commit the lane is sick: it says so, refuses what it cannot make durable, and is
// well again once a commit succeeds. It tries on its own when nobody writes.
#pragma once

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "engine/batch.h"
#include "engine/courier.h"
#include "engine/recovery.h"
#include "model/ask.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace ds {

class Lane {
public:
    // Who wants to know of it, on the lane's thread: may only take note.
    struct Listener {
        // There is something to rotate: so many bytes more.
        std::function<void(std::shared_ptr<Stream> const&, std::uint64_t bytes)> sealed;
        std::function<void(std::shared_ptr<Stream> const&)> gone; // its objects are of no more use
        std::function<void(std::shared_ptr<Stream> const&)> created;
        std::function<void(Ask, ReplyTo)>
            look_up; // a fork's place lies in a segment: ask again then
    };
    struct Settings {
        unsigned number = 0;
        std::chrono::milliseconds segment_age{0}; // a segment is sealed when it is so old; 0: never
        Listener listener{};
    };
    Lane(Settings settings, Shelf shelf, Clock const& clock, CourierTable const& couriers,
         Recovered const& recovered);
    ~Lane();
    Lane(Lane const&) = delete;
    Lane& operator=(Lane const&) = delete;

    // False when the inbox is full or closed: nothing has happened and nobody will be answered.
    [[nodiscard]] bool submit(Ask& ask, ReplyTo reply_to);
    // Writes down when a stream was last read. Dropped under load, or when the disk fails: then the
    // next read asks again.
    void persist_touch(std::shared_ptr<Stream> const& stream);
    // False when the inbox is full or closed: nothing has happened, and `settled` is not called.
    [[nodiscard]] bool submit(Chore& chore);

    // Why writes are being refused; empty when the lane is well.
    std::optional<std::string> sickness() const { return *sickness_.lock(); }
    // Whoever reads in the lane's log keeps it from being cut; empty when nobody does.
    std::optional<std::string> held_log() const;
    // Takes no more asks, answers those it has, and ends the thread.
    void stop();

private:
    struct Mail {
        // An ask, a stream to persist the touch of, or a chore.
        std::variant<Ask, std::shared_ptr<Stream>, Chore> work;
        ReplyTo reply_to;
        std::size_t bytes = 0;
    };
    struct Deadline {
        Millis at;
        std::weak_ptr<Stream> stream;
        friend bool operator<(Deadline const& a, Deadline const& b) { return a.at > b.at; }
    };

    // A segment that holds messages, and when it is too old.
    struct Aging {
        Millis at;
        std::weak_ptr<Stream> stream;
        std::uint64_t segment;
    };

    void run();
    // Does it; false when memory has ended, and with it the batch.
    template <class Work>
    bool with_memory(Batch& batch, Work const& work);
    // Makes copies while nobody asks. Whoever comes meanwhile is part of the same batch: then true.
    bool copy_at_leisure(Batch& batch, std::vector<Mail>& mail);
    void call_back(std::vector<Mail>& mail);
    void send_away();
    void hold_appends(Ask const& ask);
    // Settles mail from `from` on as one batch; returns where the next batch begins.
    std::size_t settle(std::vector<Mail>& mail, std::size_t from);
    Answer take(Batch& batch, Mail& letter);
    void settle_chores(std::vector<Mail>& mail, std::size_t from,
                       std::vector<Answer> const& answers, bool committed);
    void look_after(Batch::Outcome const& outcome, Millis now);
    void take_due(Batch& batch, Millis now);
    void seal_aged(Batch& batch, Millis now);
    void note_aging(std::shared_ptr<Stream> const& stream, std::uint64_t segment, Millis opened);
    void give_back_space();
    void schedule(std::shared_ptr<Stream> const& stream, Millis now);
    void deliver(std::vector<Mail> const& mail, std::size_t from, std::vector<Answer>& answers,
                 std::vector<Batch::Adopted> const& adopted);
    // What those are told whose asks have failed with it.
    Refusal note_fault(Error const& error, Millis now);
    void note_success();
    void tend_log();
    std::chrono::steady_clock::time_point wake_at() const;

    Settings const settings_;
    Shelf shelf_;
    Clock const& clock_;
    CourierTable const& couriers_;
    BoundedQueue<Mail> inbox_;
    std::atomic<std::size_t> queued_bytes_ = 0;
    std::priority_queue<Deadline> deadlines_;
    std::deque<Aging> aging_;                          // by when they are too old
    std::vector<Mail> waiting_;                        // asks that wait until copies have been made
    bool call_back_ = false;                           // some of them may go on
    bool at_leisure_ = false;                          // nobody asks
    std::chrono::steady_clock::time_point asked_at_{}; // when somebody last had an answer
    Guarded<std::optional<std::string>> sickness_;
    bool sick_ = false;                        // the lane's own copy
    bool starved_ = false;                     // memory ended in the batch
    Millis apart_until_{};                     // a row could not be written: asks go one by one
    std::atomic<std::int64_t> held_bytes_ = 0; // of the log
    bool space_to_give_back_ = true;
    std::thread thread_; // last: everything above exists before it runs
};

} // namespace ds
