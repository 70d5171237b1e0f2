// Readers: requests one after another, or one stream of events.
#include "loadtest/load_reader.h"

#include "base/encoding.h"

#include <algorithm>
#include <utility>

namespace ds {

namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

// Servers and proxies answer a long-poll within half a minute, and comment on a quiet event stream
// at least as often.
constexpr auto k_silence_max = seconds(90);
constexpr auto k_first_answer_max = seconds(30);
// Who is answered faster, and has to ask the same again, would do nothing else.
constexpr auto k_answer_least = std::chrono::milliseconds(100);
// What servers say anew each time must not fill the memory.
constexpr std::size_t k_pops_max = 1000;
constexpr std::size_t k_cache_values_max = 100;
// A message that was written so soon after a reader joined may have gone before it looked.
constexpr double k_clock_slack_ms = 100;

nanoseconds from_ms(double ms) {
    constexpr double k_most = 1e12; // of it the nanoseconds fit, too
    return nanoseconds(static_cast<std::int64_t>(std::clamp(ms, -k_most, k_most) * 1e6));
}

// Of several headers the one that tells most of what was upstream of the reader.
std::string_view most_telling(ReplyHead const& head, std::string_view cache_header) {
    for (auto const name : cache_headers(cache_header))
        for (auto const& [header, value] : head.caches)
            if (header == name) return value;
    return {};
}

} // namespace

LoadReader::LoadReader(LoadWorld& world, std::uint64_t client)
    : world_(world),
      wire_(world.loop, world.read_endpoint, *this),
      stream_(stream_of(world.plan, client)),
      mode_(mode_of(world.plan, client)),
      backoff_(client) {}

ReaderTally& LoadReader::tally() {
    return mode_ == ReadMode::sse ? world_.tally.sse : world_.tally.long_poll;
}

void LoadReader::start() {
    ++tally().clients;
    ask();
}

std::string LoadReader::query() const {
    std::string query;
    if (offset_.empty() && mode_ == ReadMode::long_poll)
        query = "?offset=now";
    else
        query = "?offset=" + (offset_.empty() ? "now" : percent_encode(offset_)) +
                (mode_ == ReadMode::sse ? "&live=sse" : "&live=long-poll");
    if (!cursor_.empty()) query += "&cursor=" + percent_encode(cursor_);
    if (!world_.plan.reader_keys.empty() && !world_.plan.reader_keys[stream_].empty())
        query += "&rk=" + percent_encode(world_.plan.reader_keys[stream_]);
    return query;
}

void LoadReader::ask() {
    bool const from_the_start = mode_ == ReadMode::long_poll && offset_.empty();
    state_ = from_the_start ? State::finding_tail : State::reading;
    asked_ = Steady::now();
    deadline_ = asked_ + (from_the_start ? k_first_answer_max : k_silence_max);
    status_ = 0;
    stored_ms_.reset();
    next_offset_.clear();
    body_.clear();
    went_on_ = false;
    if (offset_.empty()) { // at the tail, wherever that is by now
        last_.reset();
        first_untaken_.reset();
        joined_ms_.reset();
    }
    next_again_ = first_untaken_;
    if (!from_the_start) {
        ++tally().requests;
        if (asked_before_ && mode_ == ReadMode::sse) ++tally().reconnects;
        asked_before_ = true;
    }
    if (mode_ == ReadMode::sse) events_ = std::make_unique<SseParser>();
    auto request = request_head("GET", world_.read_endpoint, world_.plan,
                                "/v1/stream/" + stream_name_of(world_.plan, stream_) + query());
    if (mode_ == ReadMode::sse) request += "Accept: text/event-stream\r\n";
    wire_.send(request + "\r\n");
}

void LoadReader::look_at_clock(Steady::time_point now) {
    if (now < deadline_) return;
    if (state_ == State::pausing) return ask();
    if (state_ != State::finding_tail && state_ != State::reading) return;
    wire_.close();
    give_up("nothing came for too long");
}

// Of one that never saw a message: which ones were meant for it is not known, but the last one was
// if it was written after it had joined.
bool LoadReader::was_meant_for_it(StreamEnd const& written) const {
    return written.messages > 0 && joined_ms_ &&
           written.last_written_ms > *joined_ms_ + k_clock_slack_ms;
}

bool LoadReader::has_seen(StreamEnd const& written) const {
    return last_ ? *last_ + 1 >= written.messages : !was_meant_for_it(written);
}

void LoadReader::finish(StreamEnd const& written) {
    if (state_ == State::idle) return;
    auto& counts = tally();
    if (last_ && *last_ + 1 < written.messages) counts.gaps += written.messages - *last_ - 1;
    if (!last_ && was_meant_for_it(written)) ++counts.gaps;
    auto& finished = world_.finished[mode_ == ReadMode::sse ? 0 : 1];
    counts.offsets += offsets_;
    counts.offsets_least = finished == 0 ? offsets_ : std::min(counts.offsets_least, offsets_);
    counts.offsets_most = std::max(counts.offsets_most, offsets_);
    ++finished;
    state_ = State::done;
    set_connected(false);
    wire_.close();
}

void LoadReader::on_head(ReplyHead const& head) {
    status_ = head.status;
    closed_ = head.closed;
    next_offset_ = head.next_offset;
    // Events say of each batch when it was stored.
    if (mode_ == ReadMode::long_poll) stored_ms_ = head.write_timestamp_ms;
    if (state_ == State::reading) {
        ++tally().statuses[std::to_string(head.status)];
        note_caches(head); // of what was asked: the cursor is still that of the question
    }
    if (head.status == 200 || head.status == 204) set_cursor(head.cursor);
    if (state_ != State::reading) return;
    if (mode_ == ReadMode::sse && head.status == 200) {
        set_connected(true);
        join();
    }
}

void LoadReader::join() {
    if (!joined_ms_) joined_ms_ = world_.now_ms();
}

void LoadReader::set_cursor(std::string_view cursor) {
    if (cursor.empty() || cursor == cursor_) return;
    cursor_ = cursor;
    went_on_ = true;
}

void LoadReader::note_caches(ReplyHead const& head) {
    auto& all = world_.tally;
    if (!head.pop.empty()) count_one(all.pops, head.pop, k_pops_max);
    if (mode_ == ReadMode::sse) return; // no cache keeps these
    for (auto const& [header, value] : head.caches) {
        auto known = all.caches.find(header);
        if (known == all.caches.end()) known = all.caches.emplace(header, Counts()).first;
        count_one(known->second, value, k_cache_values_max);
    }
    auto const url = std::to_string(stream_) + query();
    auto found = all.urls.find(url);
    if (found == all.urls.end()) {
        if (all.urls.size() >= Tally::k_urls_max) {
            ++all.urls_left_out;
        } else {
            found = all.urls.emplace(url, UrlTally()).first;
        }
    }
    bool const hit = says_hit(most_telling(head, world_.plan.cache_header));
    if (found != all.urls.end()) {
        ++found->second.requests;
        found->second.misses += hit ? 0 : 1;
    }
    if (hit) return;
    auto const waited =
        std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - asked_);
    ++tally().misses;
    tally().miss_wait_us += static_cast<std::uint64_t>(waited.count());
}

void LoadReader::on_body(std::string_view bytes) {
    if (state_ != State::reading || status_ != 200) return;
    tally().bytes += bytes.size();
    deadline_ = Steady::now() + k_silence_max;
    if (mode_ == ReadMode::long_poll) {
        body_.append(bytes);
        return;
    }
    events_->feed(bytes);
    for (;;) {
        auto const event = events_->next();
        if (!event) {
            wire_.close();
            return give_up("an event that is none");
        }
        if (!*event) return;
        take_event(**event);
    }
}

void LoadReader::take_event(SseEvent const& event) {
    if (event.name == "data") return take_messages(event.payload);
    if (event.name != "control") return;
    first_untaken_.reset();
    next_again_.reset();
    go_on_at(json_field(event.payload, "\"streamNextOffset\""));
    set_cursor(json_field(event.payload, "\"streamCursor\""));
    went_on_ = true;
    if (auto const stored = parse_decimal(json_field(event.payload, "\"streamWriteTimestamp\"")))
        if (std::exchange(stored_ms_, std::nullopt))
            note_stored(static_cast<std::int64_t>(*stored));
}

void LoadReader::take_messages(std::string_view body) {
    ++tally().batches;
    while (auto const mark = take_mark(body))
        take_mark_of(*mark);
    stored_ms_ = stored_ms_.value_or(0); // SSE: the control event that follows says when
}

void LoadReader::take_mark_of(Mark const& mark) {
    auto& counts = tally();
    if (next_again_ && mark.number == *next_again_ && mark.number <= last_.value_or(0)) {
        ++*next_again_; // it was counted before
        return;
    }
    ++counts.messages;
    auto const took = from_ms(world_.now_ms() - mark.written_ms);
    counts.delivery.record(took);
    auto& second = world_.second();
    ++second.messages;
    second.slowest_us =
        std::max(second.slowest_us,
                 static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0) / 1000));
    if (last_ && mark.number <= *last_) {
        ++counts.duplicates;
        return;
    }
    if (last_) counts.gaps += mark.number - *last_ - 1;
    if (mode_ == ReadMode::sse && !first_untaken_) first_untaken_ = mark.number;
    last_ = mark.number;
}

void LoadReader::note_stored(std::int64_t stored_ms) {
    tally().after_storing.record(from_ms(world_.now_ms() - static_cast<double>(stored_ms)));
}

void LoadReader::go_on_at(std::string_view offset) {
    if (offset.empty() || offset == offset_) return;
    offset_ = offset;
    ++offsets_;
    went_on_ = true;
}

void LoadReader::on_end() {
    if (state_ == State::finding_tail && status_ == 200 && !next_offset_.empty()) {
        go_on_at(next_offset_);
        set_connected(true);
        join();
        return ask();
    }
    bool const good = status_ == 200 || (status_ == 204 && mode_ == ReadMode::long_poll);
    if (state_ != State::reading || !good)
        return give_up(status_ == 200 ? "no Stream-Next-Offset"
                                      : "status " + std::to_string(status_));
    if (mode_ == ReadMode::long_poll) {
        set_connected(true);
        if (status_ == 200) {
            auto const stored = stored_ms_;
            take_messages(body_);
            if (stored) note_stored(*stored);
        }
        go_on_at(next_offset_);
    }
    if (closed_) {
        state_ = State::done;
        return set_connected(false);
    }
    // A server may end an event stream when it likes: the next one goes on where it ended.
    if (mode_ == ReadMode::sse) set_connected(false);
    if (is_turned_away_at_once()) return pause();
    backoff_.reset();
    ask();
}

bool LoadReader::is_turned_away_at_once() const {
    return !went_on_ && Steady::now() - asked_ < k_answer_least;
}

void LoadReader::on_failure(std::string cause) {
    give_up(cause);
}

void LoadReader::set_connected(bool connected) {
    if (connected_ == connected) return;
    connected_ = connected;
    world_.connected += connected ? 1 : std::uint64_t(-1);
}

void LoadReader::give_up(std::string_view cause) {
    set_connected(false);
    if (!world_.ending) {
        ++tally().errors;
        world_.note_error(cause);
    }
    if (mode_ == ReadMode::long_poll) {
        asked_before_ = true;
        ++tally().reconnects;
    }
    pause();
}

void LoadReader::pause() {
    state_ = State::pausing;
    deadline_ = Steady::now() + backoff_.next();
}

} // namespace ds
