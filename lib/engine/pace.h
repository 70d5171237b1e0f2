// Work in small parts that leaves others their turn, and is done in good time all the same.
#pragma once

#include <chrono>
#include <thread>

namespace ds {

class Pace {
public:
    using Clock = std::chrono::steady_clock;

    // The work may take `time` from now on; zero: as fast as it can be done.
    explicit Pace(Clock::duration time) : began_(Clock::now()), time_(time) {}

    // Between two parts: so much of the work is done, of one. Waits until that much of the time is
    // over, and lets others have their turn; without time it does neither.
    void rest(double done) const {
        if (time_ == Clock::duration::zero()) return;
        auto const due = began_ + std::chrono::duration_cast<Clock::duration>(time_ * done);
        if (Clock::now() < due)
            std::this_thread::sleep_until(due);
        else
            std::this_thread::yield();
    }

private:
    Clock::time_point began_;
    Clock::duration time_;
};

} // namespace ds
