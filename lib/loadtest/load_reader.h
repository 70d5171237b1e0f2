// One reader of a load test: begins at the tail, follows live, and counts what it sees.
#pragma once

#include "base/backoff.h"
#include "loadtest/marks.h"
#include "loadtest/world.h"
#include "protocol/sse.h"

#include <memory>
#include <optional>
#include <string>

namespace ds {

class LoadReader final : public ReplyTaker {
public:
    // `client`: its number in the whole run.
    LoadReader(LoadWorld& world, std::uint64_t client);

    void start();
    // To be called now and then: cuts what takes too long, and begins again after a pause.
    void look_at_clock(Steady::time_point now);
    // Of a run that ends: what it should have seen by now, and did not, is a gap.
    void finish(StreamEnd const& written);
    // Whether it has seen all that was meant for it.
    bool has_seen(StreamEnd const& written) const;
    std::uint64_t stream() const { return stream_; }

    void on_head(ReplyHead const& head) override;
    void on_body(std::string_view bytes) override;
    void on_end() override;
    void on_failure(std::string cause) override;

private:
    enum class State : std::uint8_t { idle, finding_tail, reading, pausing, done };

    ReaderTally& tally();
    void ask();
    std::string query() const;
    void note_caches(ReplyHead const& head);
    void take_messages(std::string_view body);
    void take_mark_of(Mark const& mark);
    void take_event(SseEvent const& event);
    void note_stored(std::int64_t stored_ms);
    void go_on_at(std::string_view offset);
    void set_cursor(std::string_view cursor);
    void set_connected(bool connected);
    void join();
    bool was_meant_for_it(StreamEnd const& written) const;
    bool is_turned_away_at_once() const;
    void give_up(std::string_view cause);
    void pause();

    LoadWorld& world_;
    Wire wire_;
    std::uint64_t const stream_;
    ReadMode const mode_;
    State state_ = State::idle;
    bool connected_ = false;
    bool asked_before_ = false;
    int status_ = 0;
    bool closed_ = false;
    std::string offset_;
    std::string cursor_;
    std::string next_offset_; // of the reply under way
    std::string body_;        // of a long-poll
    std::optional<std::int64_t> stored_ms_;
    std::unique_ptr<SseParser> events_;
    std::optional<std::uint64_t> last_; // number of the last message
    // Messages of an event stream are taken when an event says what comes after them. If it is cut
    // before, they come again: from the first that is not taken up to `last_`.
    std::optional<std::uint64_t> first_untaken_;
    std::optional<std::uint64_t> next_again_;
    std::optional<double> joined_ms_; // since when messages are for it, by the writers' clock
    bool went_on_ = false;            // since it asked: another offset or cursor
    std::uint64_t offsets_ = 0;       // that it asked for
    Steady::time_point asked_;
    Steady::time_point deadline_;
    Backoff backoff_;
};

} // namespace ds
