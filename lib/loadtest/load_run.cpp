// Plans dealt out to threads, tallies put together.
#include "loadtest/load_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace ds {

namespace {

// How long answers may be missing at the end.
constexpr auto k_patience = std::chrono::seconds(10);
// Files besides connections.
constexpr std::uint64_t k_other_files = 48;

} // namespace

Result<void> make_room_for(std::uint64_t connections) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    auto const wanted = static_cast<rlim_t>(connections + k_other_files);
    if (limit.rlim_cur >= wanted) return {};
    rlimit raised{std::max(wanted, limit.rlim_max), std::max(wanted, limit.rlim_max)};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return {};
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted) return {};
    auto const most = limit.rlim_max > k_other_files ? limit.rlim_max - k_other_files : 0;
    return Error{Fault::full, "this system lets a program have " + std::to_string(most) +
                                  " connections (ulimit -n), and " + std::to_string(connections) +
                                  " are wanted"};
}

LoadRun::LoadRun(LoadPlan plan, Endpoint read_endpoint, Endpoint write_endpoint)
    : plan_(std::move(plan)),
      read_endpoint_(std::move(read_endpoint)),
      write_endpoint_(std::move(write_endpoint)) {}

Result<std::unique_ptr<LoadRun>> LoadRun::start(LoadPlan plan, WithWriters with_writers) {
    TRY(check_plan(plan));
    auto readers = TRY(find_endpoint(plan.url));
    auto writers = TRY(find_endpoint(plan.write_url));
    bool const writes = with_writers == WithWriters::yes;
    TRY(make_room_for(plan.clients + (writes ? plan.streams : 0)));
    std::unique_ptr<LoadRun> run(
        new LoadRun(std::move(plan), std::move(readers), std::move(writers)));
    auto const& whole = run->plan_;
    run->parts_ = parts_of(whole, whole.threads);
    run->began_ = Steady::now();
    for (unsigned thread = 0; thread < whole.threads; ++thread) {
        std::vector<std::uint64_t> written;
        for (std::uint64_t stream = thread; writes && stream < whole.streams;
             stream += whole.threads)
            written.push_back(stream);
        run->shards_.push_back(std::make_unique<LoadShard>(run->parts_[thread], std::move(written),
                                                           run->read_endpoint_,
                                                           run->write_endpoint_, run->began_));
    }
    return run;
}

LoadCounts LoadRun::progress() const {
    LoadCounts progress;
    for (auto const& shard : shards_)
        progress.add(shard->progress());
    return progress;
}

// The patience is that with all threads together.
std::vector<StreamEnd> LoadRun::stop_writers() {
    auto const until = Steady::now() + k_patience;
    std::vector<StreamEnd> written(plan_.streams);
    for (auto const& shard : shards_)
        for (auto const& [stream, end] : shard->stop_writers(until))
            written[stream] = end;
    return written;
}

Tally LoadRun::finish(std::vector<StreamEnd> const& written) {
    auto const until = Steady::now() + k_patience;
    Tally tally;
    for (auto const& shard : shards_)
        tally.merge(shard->finish(written, until));
    return tally;
}

} // namespace ds
