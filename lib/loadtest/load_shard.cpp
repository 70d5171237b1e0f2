// The event loop of a load test's thread, and its three alarms.
#include "loadtest/load_shard.h"

#include <boost/asio/post.hpp>

#include <pthread.h>

#include <future>
#include <utility>

namespace ds {

namespace {

constexpr auto k_tick = std::chrono::milliseconds(200);
constexpr auto k_shard_look_pause = std::chrono::milliseconds(20);
// Readers that are started in one go, so that the loop sees to the others in between.
constexpr std::uint64_t k_starts_at_once = 64;

} // namespace

void LoadCounts::add(LoadCounts const& other) {
    readers += other.readers;
    messages += other.messages;
    appends += other.appends;
    errors += other.errors;
    hits += other.hits;
    answers += other.answers;
}

LoadShard::LoadShard(LoadPlan const& plan, std::vector<std::uint64_t> written_streams,
                     Endpoint const& read_endpoint, Endpoint const& write_endpoint,
                     Steady::time_point began)
    : plan_(plan),
      world_(plan, read_endpoint, write_endpoint, began),
      written_streams_(std::move(written_streams)),
      work_(boost::asio::make_work_guard(world_.loop.io)),
      reader_alarm_(world_.loop.io),
      writer_alarm_(world_.loop.io),
      tick_(world_.loop.io) {
    for (std::uint64_t client = 0; client < plan.clients; ++client)
        readers_.push_back(std::make_unique<LoadReader>(world_, plan.first_client + client));
    for (auto const stream : written_streams_)
        writers_.push_back(std::make_unique<LoadWriter>(world_, stream));
    start_due_readers();
    let_due_writers_write();
    look_around();
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "ds-load");
        world_.loop.io.run();
    });
}

LoadShard::~LoadShard() {
    world_.loop.io.stop();
    thread_.join();
    readers_.clear();
    writers_.clear();
}

void LoadShard::start_due_readers() {
    if (!starting_) return;
    auto const now = Steady::now();
    for (std::uint64_t burst = 0; started_ < readers_.size() && burst < k_starts_at_once; ++burst) {
        auto const due = world_.began + start_of(plan_, plan_.first_client + started_);
        if (due > now) break;
        readers_[started_++]->start();
    }
    if (started_ == readers_.size()) return;
    reader_alarm_.expires_at(world_.began + start_of(plan_, plan_.first_client + started_));
    reader_alarm_.async_wait([this](auto error) {
        if (!error) start_due_readers();
    });
}

// The writers of all streams take turns, so that their messages are spread over the interval.
void LoadShard::let_due_writers_write() {
    if (writers_.empty()) return;
    auto const due = [&] {
        auto const round = written_turns_ / writers_.size();
        auto const stream = written_streams_[written_turns_ % writers_.size()];
        auto const interval = std::chrono::nanoseconds(plan_.write_interval);
        auto const share = static_cast<double>(stream) / static_cast<double>(plan_.streams);
        return world_.began + interval * round +
               std::chrono::nanoseconds(
                   static_cast<std::int64_t>(share * static_cast<double>(interval.count())));
    };
    auto const now = Steady::now();
    while (writing_ && due() <= now)
        writers_[written_turns_++ % writers_.size()]->due();
    if (!writing_) return;
    writer_alarm_.expires_at(due());
    writer_alarm_.async_wait([this](auto error) {
        if (!error) let_due_writers_write();
    });
}

void LoadShard::look_around() {
    auto const now = Steady::now();
    for (std::uint64_t i = 0; i < started_; ++i)
        readers_[i]->look_at_clock(now);
    for (auto const& writer : writers_)
        writer->look_at_clock(now);
    world_.second().readers = world_.connected;
    note_progress();
    tick_.expires_after(k_tick);
    tick_.async_wait([this](auto error) {
        if (!error) look_around();
    });
}

void LoadShard::note_progress() {
    auto const& tally = world_.tally;
    LoadCounts progress;
    progress.readers = world_.connected;
    progress.messages = tally.sse.messages + tally.long_poll.messages;
    progress.appends = tally.writes.appends;
    progress.errors = tally.sse.errors + tally.long_poll.errors + tally.writes.errors;
    auto const share = hit_share(tally, plan_.cache_header);
    progress.hits = share.hits;
    progress.answers = share.answers;
    *progress_.lock() = progress;
}

LoadCounts LoadShard::progress() const {
    return *progress_.lock();
}

void LoadShard::on_thread(std::function<void()> const& deed) {
    std::promise<void> done;
    boost::asio::post(world_.loop.io, [&] {
        deed();
        done.set_value();
    });
    done.get_future().wait();
}

// Asks on the thread, again and again, whether all is done; once at least.
void LoadShard::wait_for(std::function<bool()> const& all_done, Steady::time_point until) {
    for (;;) {
        bool done = false;
        on_thread([&] { done = all_done(); });
        if (done || Steady::now() >= until) return;
        std::this_thread::sleep_for(k_shard_look_pause);
    }
}

LoadShard::Written LoadShard::stop_writers(Steady::time_point until) {
    wait_for(
        [&] {
            writing_ = false;
            writer_alarm_.cancel();
            bool all_done = true;
            for (auto const& writer : writers_)
                all_done = writer->stop() && all_done;
            return all_done;
        },
        until);
    Written written;
    on_thread([&] {
        for (std::size_t i = 0; i < writers_.size(); ++i)
            written.emplace_back(written_streams_[i], writers_[i]->written());
    });
    return written;
}

Tally LoadShard::finish(std::vector<StreamEnd> const& written, Steady::time_point until) {
    wait_for(
        [&] {
            starting_ = false;
            reader_alarm_.cancel();
            bool all_seen = true;
            for (std::uint64_t i = 0; i < started_; ++i)
                all_seen = all_seen && readers_[i]->has_seen(written[readers_[i]->stream()]);
            return all_seen;
        },
        until);
    Tally tally;
    on_thread([&] {
        world_.ending = true;
        world_.second().readers = world_.connected;
        std::chrono::duration<double> const took = Steady::now() - world_.began;
        world_.tally.took_s = took.count();
        for (std::uint64_t i = 0; i < started_; ++i)
            readers_[i]->finish(written[readers_[i]->stream()]);
        tick_.cancel();
        tally = world_.tally;
    });
    return tally;
}

} // namespace ds
