// The writer of one stream of a load test: a message whenever its time has come, each exactly once.
#pragma once

#include "base/backoff.h"
#include "loadtest/marks.h"
#include "loadtest/world.h"

#include <cstdint>
#include <string>

namespace ds {

class LoadWriter final : public ReplyTaker {
public:
    LoadWriter(LoadWorld& world, std::uint64_t stream);

    // The time of a message has come. While the one before has no answer it has to wait.
    void due();
    // Sends again after a pause, and what had no answer for too long.
    void look_at_clock(Steady::time_point now);
    // No further message; true when none has to wait for an answer.
    bool stop();
    // What the stream has.
    StreamEnd written() const { return {number_, last_written_ms_}; }

    void on_head(ReplyHead const& head) override;
    void on_body(std::string_view) override {}
    void on_end() override;
    void on_failure(std::string cause) override;

private:
    void compose();
    void send();
    void try_again(std::string_view cause);

    LoadWorld& world_;
    Wire wire_;
    std::uint64_t const stream_;
    std::uint64_t number_ = 0;  // of the next message
    std::uint64_t waiting_ = 0; // messages whose time has come
    bool sending_ = false;
    bool pausing_ = false;
    int status_ = 0;
    std::string body_;
    double composed_ms_ = 0;
    double last_written_ms_ = 0;
    Steady::time_point sent_;
    Steady::time_point deadline_;
    Backoff backoff_;
};

} // namespace ds
