// A lane: one thread that alone changes the streams assigned to it.
//
// Input gate: the inbox, bounded in asks and bytes, so that decisions about a stream happen one at
// a time. Output gate: the commit, so nobody hears of an append before it is on disk. While one
// batch is being made durable the next one gathers: batches grow by themselves under load, without
// a timer.
//
// After a failed commit the lane is sick: it says so, refuses what it cannot make durable, and is
// well again once a commit succeeds. It tries on its own when nobody writes.
#pragma once

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "engine/batch.h"
#include "engine/courier.h"
#include "protocol/ask.h"

#include <atomic>
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
    // `mortal` are the streams with a lifetime that recovery found.
    Lane(unsigned number, Shelf shelf, Clock const& clock, CourierTable const& couriers,
         std::vector<std::shared_ptr<Stream>> const& mortal);
    ~Lane();
    Lane(Lane const&) = delete;
    Lane& operator=(Lane const&) = delete;

    // False when the inbox is full or closed: nothing has happened and nobody will be answered.
    [[nodiscard]] bool submit(Ask& ask, ReplyTo reply_to);
    // Writes down when a stream was last read. Dropped under load, or when the disk fails: then the
    // next read asks again.
    void persist_touch(std::shared_ptr<Stream> const& stream);

    // Why writes are being refused; empty when the lane is well.
    std::optional<std::string> sickness() const { return *sickness_.lock(); }
    // Takes no more asks, answers those it has, and ends the thread.
    void stop();

private:
    struct Mail {
        std::variant<Ask, std::shared_ptr<Stream>>
            work; // an ask, or a stream to persist the touch of
        ReplyTo reply_to;
        std::size_t bytes = 0;
    };
    struct Deadline {
        Millis at;
        std::weak_ptr<Stream> stream;
        friend bool operator<(Deadline const& a, Deadline const& b) { return a.at > b.at; }
    };

    void run();
    // Settles mail from `from` on as one batch; returns where the next batch begins.
    std::size_t settle(std::vector<Mail>& mail, std::size_t from);
    void take_due(Batch& batch, Millis now);
    void schedule(std::shared_ptr<Stream> const& stream, Millis now);
    void deliver(std::vector<Mail> const& mail, std::size_t from, std::vector<Answer>& answers,
                 std::vector<Batch::Adopted> const& adopted);
    void note_fault(Error const& error);
    void note_success();
    std::chrono::steady_clock::time_point wake_at() const;

    unsigned const number_;
    Shelf shelf_;
    Clock const& clock_;
    CourierTable const& couriers_;
    BoundedQueue<Mail> inbox_;
    std::atomic<std::size_t> queued_bytes_ = 0;
    std::priority_queue<Deadline> deadlines_;
    Guarded<std::optional<std::string>> sickness_;
    bool sick_ = false;  // the lane's own copy
    std::thread thread_; // last: everything above exists before it runs
};

} // namespace ds
