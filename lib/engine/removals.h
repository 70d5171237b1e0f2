// What is of no more use in the object store: the segments of streams that have ended or that
// retention has trimmed.
//
// Any thread puts, and never waits for long; one thread takes, removes, and tells here how that
// goes. Nothing is lost with this list: what has not been removed is found again by recovery.
#pragma once

#include "base/guarded.h"
#include "engine/recovery.h"
#include "engine/stream.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

// A stream whose objects are to be removed, all or some; or that is only to be marked.
struct Removal {
    unsigned lane = 0;
    std::int64_t stream = 0;
    std::vector<std::uint64_t> numbers{}; // of segments; empty: all
    bool gone = false;                    // the stream is no more
    bool mark = false;                    // it is soft-deleted
};

class Removals {
public:
    using Time = std::chrono::steady_clock::time_point;

    void put(Removal removal);
    // What recovery found left to do.
    void put(unsigned lane, Recovered const& recovered);
    // A stream with segments has ended, or was soft-deleted.
    void put_gone(unsigned lane, Stream const& stream);

    // The next one, waited for until `until`; empty when there is none, or once it is time to stop.
    std::optional<Removal> take(Time until);
    // False once it is time to stop.
    bool wait_for(std::chrono::milliseconds pause);
    bool has_stopped() const { return state_.lock()->stopped; }
    void stop();

    // Why objects are not being removed; empty when all is well. Returns what was told before.
    std::optional<std::string> tell(std::optional<std::string> why);
    std::optional<std::string> sickness() const { return *sickness_.lock(); }
    void count_removed() { removed_.fetch_add(1, std::memory_order_relaxed); }
    std::uint64_t removed() const { return removed_.load(std::memory_order_relaxed); }

private:
    struct State {
        std::deque<Removal> waiting;
        bool stopped = false;
    };
    Guarded<State> state_;
    std::condition_variable changed_;
    Guarded<std::optional<std::string>> sickness_;
    std::atomic<std::uint64_t> removed_ = 0; // objects
};

} // namespace ds
