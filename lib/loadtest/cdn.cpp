// Bursts of equal requests, and how they were answered.
#include "loadtest/cdn.h"

#include "base/encoding.h"
#include "loadtest/load_run.h"
#include "loadtest/marks.h"
#include "loadtest/world.h"

#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace ds {

namespace {

using std::chrono::milliseconds;

constexpr auto k_probe_max = std::chrono::seconds(40);
constexpr auto k_pause_before_write = milliseconds(500);
constexpr std::uint64_t k_burst_factor = 5;
constexpr auto k_burst_time_max = std::chrono::seconds(20);
constexpr auto k_small_stagger = milliseconds(10);

// A request of a burst, and its answer.
class Probe final : public ReplyTaker {
public:
    Probe(WireLoop& loop, Endpoint const& endpoint) : wire(loop, endpoint, *this) {}

    void send(std::string request) {
        sent_ = Steady::now();
        wire.send(std::move(request));
    }
    void on_head(ReplyHead const& head) override {
        status = head.status;
        next_offset = head.next_offset;
        cursor = head.cursor;
        for (auto const& [name, value] : head.caches)
            caches[std::string(name)] = value;
    }
    void on_body(std::string_view bytes) override { body.append(bytes); }
    void on_end() override { finish(""); }
    void on_failure(std::string cause) override { finish(std::move(cause)); }
    void cut() {
        wire.close();
        if (!done) finish("no answer in time");
    }

    Wire wire;
    int status = 0;
    std::string next_offset;
    std::string cursor;
    std::string body;
    std::map<std::string, std::string, std::less<>> caches;
    std::string failure;
    bool done = false;
    double took_ms = 0;

private:
    void finish(std::string cause) {
        failure = std::move(cause);
        done = true;
        took_ms = std::chrono::duration<double, std::milli>(Steady::now() - sent_).count();
    }
    Steady::time_point sent_;
};
using Probes = std::vector<std::unique_ptr<Probe>>;

enum class Burst : std::uint8_t { middle, tail, idle };
struct CdnStep {
    std::string name;
    Burst burst;
    std::uint64_t concurrency;
    milliseconds stagger;
};

class Diagnosis {
public:
    Diagnosis(CdnPlan const& plan, CdnWatch const& watch, Endpoint readers, Endpoint writers)
        : plan_(plan),
          watch_(watch),
          readers_(std::move(readers)),
          writers_(std::move(writers)),
          loop_(plan.load.cache_header, plan.load.ca_file),
          work_(boost::asio::make_work_guard(loop_.io)) {}

    Result<void> prepare() {
        // A few messages, so that there is a place in the middle.
        for (int i = 0; i < 4; ++i)
            TRY(append());
        if (plan_.load.url != plan_.load.write_url) ask_origin();
        return {};
    }

    Result<CdnTest> carry_out(CdnStep const& step) {
        CdnTest test;
        test.name = step.name;
        test.idle = step.burst == Burst::idle;
        auto const rounds = test.idle ? 1 : plan_.rounds;
        for (std::uint64_t round = 0; round < rounds && watch_.goes_on(); ++round)
            TRY(step.burst == Burst::middle ? middle(test, step) : at_tail(test, step));
        return test;
    }

    std::string header() const { return header_; }

private:
    Result<void> middle(CdnTest& test, CdnStep const& step) {
        // Behind what was appended before, so that no earlier burst has warmed it.
        auto const from = tail_;
        TRY(append());
        TRY(append());
        auto const probes = burst(url_of("?offset=" + percent_encode(from)), step, std::nullopt);
        take(test, probes, number_ - 2);
        return {};
    }

    Result<void> at_tail(CdnTest& test, CdnStep const& step) {
        auto query = "?offset=" + percent_encode(tail_) + "&live=long-poll";
        if (!cursor_.empty()) query += "&cursor=" + percent_encode(cursor_);
        Result<void> appended;
        auto const write = [&] { appended = append(); };
        auto const probes = test.idle ? burst(url_of(query), step, std::nullopt)
                                      : burst(url_of(query), step, write);
        if (!appended) return std::move(appended).error();
        take(test, probes, number_ - 1);
        for (auto const& probe : probes)
            if (!probe->cursor.empty()) cursor_ = probe->cursor;
        return {};
    }

    // Whether X-Cache is what the server says of its own cache.
    void ask_origin() {
        Probe probe(loop_, writers_);
        probe.send(request_head("GET", writers_, plan_.load, url_of("?offset=-1")) + "\r\n");
        run_until([&] { return probe.done; }, Steady::now() + k_probe_max);
        origin_says_x_cache_ = probe.caches.contains("x-cache");
    }

    std::string url_of(std::string query) const {
        auto const& load = plan_.load;
        if (!load.reader_keys.empty() && !load.reader_keys[0].empty())
            query += "&rk=" + percent_encode(load.reader_keys[0]);
        return "/v1/stream/" + stream_name_of(load, 0) + query;
    }

    void run_until(std::function<bool()> const& done, Steady::time_point until) {
        while (!done() && Steady::now() < until && watch_.goes_on())
            loop_.io.run_for(milliseconds(5));
    }

    Result<void> append() {
        Probe probe(loop_, writers_);
        std::chrono::duration<double, std::milli> const now =
            std::chrono::system_clock::now().time_since_epoch();
        auto const body = marked_message({now.count(), number_}, 0, plan_.load.message_bytes);
        auto request = request_head("POST", writers_, plan_.load,
                                    "/v1/stream/" + stream_name_of(plan_.load, 0));
        request +=
            "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n\r\n";
        probe.send(request + body);
        run_until([&] { return probe.done; }, Steady::now() + k_probe_max);
        if (!probe.done || !probe.failure.empty() || (probe.status != 200 && probe.status != 204))
            return Error{Fault::io,
                         "an append to " + plan_.load.write_url + " failed: " +
                             (probe.failure.empty() ? "status " + std::to_string(probe.status)
                                                    : probe.failure)};
        ++number_;
        tail_ = probe.next_offset;
        return {};
    }

    // `after`: what is done while all wait.
    Probes burst(std::string const& url, CdnStep const& step,
                 std::optional<std::function<void()>> const& after) {
        Probes probes;
        auto const request = request_head("GET", readers_, plan_.load, url) + "\r\n";
        auto const began = Steady::now();
        for (std::uint64_t i = 0; i < step.concurrency; ++i) {
            probes.push_back(std::make_unique<Probe>(loop_, readers_));
            if (step.stagger.count() > 0) run_until([] { return false; }, began + step.stagger * i);
            probes.back()->send(request);
        }
        if (after) {
            run_until([] { return false; }, Steady::now() + k_pause_before_write);
            (*after)();
        }
        auto const all_done = [&] {
            return std::ranges::all_of(probes, [](auto const& probe) { return probe->done; });
        };
        run_until(all_done, Steady::now() + k_probe_max);
        for (auto const& probe : probes)
            probe->cut();
        return probes;
    }

    // Which header of an answer tells most, as for the readers of a load test.
    std::string cache_of(Probe const& probe) {
        for (auto const name : cache_headers(plan_.load.cache_header)) {
            auto const found = probe.caches.find(name);
            if (name.empty() || found == probe.caches.end()) continue;
            if (origin_says_x_cache_ && name == "x-cache" && name != plan_.load.cache_header)
                continue;
            header_ = name;
            return found->second;
        }
        return {};
    }

    // `number`: of the first message that each answer has to bring, if any was written.
    void take(CdnTest& test, Probes const& probes, std::uint64_t number) {
        if (!watch_.goes_on()) return; // they were cut short
        ++test.keys;
        std::uint64_t misses = 0;
        std::set<std::string> offsets;
        std::set<std::string> cursors;
        for (auto const& probe : probes) {
            ++test.requests;
            test.slowest_ms = std::max(test.slowest_ms, probe->took_ms);
            if (!probe->failure.empty()) {
                ++test.failures[probe->failure];
                continue;
            }
            ++test.statuses[std::to_string(probe->status)];
            auto const cache = cache_of(*probe);
            ++test.caches[cache.empty() ? "(nothing said)" : cache];
            misses += says_hit(cache) ? 0 : 1;
            offsets.insert(probe->next_offset);
            if (!probe->cursor.empty()) cursors.insert(probe->cursor);
            std::string_view body = probe->body;
            auto const mark = take_mark(body);
            bool const right = test.idle ? probe->status == 204
                                         : probe->status == 200 && mark && mark->number == number;
            if (!right) ++test.wrong;
        }
        test.misses += misses;
        test.most_misses = std::max(test.most_misses, misses);
        test.offsets = std::max<std::uint64_t>(test.offsets, offsets.size());
        test.cursors = std::max<std::uint64_t>(test.cursors, cursors.size());
    }

    CdnPlan const& plan_;
    CdnWatch const& watch_;
    Endpoint readers_;
    Endpoint writers_;
    WireLoop loop_;
    // Or the loop would not wait for a time to come.
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    bool origin_says_x_cache_ = false;
    std::uint64_t number_ = 0; // of the next message
    std::string tail_;
    std::string cursor_;
    std::string header_;
};

std::vector<CdnStep> steps_of(CdnPlan const& plan, std::uint64_t many) {
    auto const few = plan.concurrency;
    auto const apart = std::max(plan.stagger, k_small_stagger);
    auto const of = [](std::uint64_t count) { return std::to_string(count); };
    auto const ms = of(static_cast<std::uint64_t>(apart.count()));
    return {
        {of(few) + " reads in the middle", Burst::middle, few, plan.stagger},
        {of(few) + " long-polls at the tail, one write", Burst::tail, few, plan.stagger},
        {of(few) + " long-polls, " + ms + " ms apart, one write", Burst::tail, few, apart},
        {of(many) + " reads in the middle", Burst::middle, many, plan.stagger},
        {of(many) + " long-polls at the tail, one write", Burst::tail, many, plan.stagger},
        {of(few) + " long-polls that nothing wakes", Burst::idle, few, plan.stagger},
    };
}

} // namespace

Result<void> check_plan(CdnPlan const& plan) {
    TRY(check_plan(plan.load));
    if (plan.concurrency < 2 || plan.concurrency > 2'000)
        return Error{Fault::invalid, "--concurrency must be from 2 to 2000"};
    if (plan.rounds == 0 || plan.rounds > 1'000)
        return Error{Fault::invalid, "--rounds must be from 1 to 1000"};
    if (plan.stagger.count() < 0 || plan.stagger > std::chrono::seconds(10))
        return Error{Fault::invalid, "--stagger must be from 0 to 10000 ms"};
    // The first ones must still be waiting when the last one comes.
    auto const most = plan.concurrency * k_burst_factor;
    if (plan.stagger * most > k_burst_time_max)
        return Error{Fault::invalid, "--stagger is too much for " + std::to_string(most) +
                                         " requests, five times --concurrency: a burst must not "
                                         "take longer than 20 s"};
    return {};
}

Result<CdnReport> diagnose_cdn(CdnPlan const& plan, CdnWatch const& watch) {
    TRY(check_plan(plan));
    auto const many = plan.concurrency * k_burst_factor;
    TRY(make_room_for(many + 1));
    auto readers = TRY(find_endpoint(plan.load.url));
    auto writers = TRY(find_endpoint(plan.load.write_url));
    Diagnosis diagnosis(plan, watch, std::move(readers), std::move(writers));
    TRY(diagnosis.prepare());
    CdnReport report;
    for (auto const& step : steps_of(plan, many)) {
        if (!watch.goes_on()) break;
        watch.begins(step.name);
        auto test = TRY(diagnosis.carry_out(step));
        if (test.requests > 0) report.tests.push_back(std::move(test));
    }
    if (report.tests.empty()) return Error{Fault::io, "interrupted"};
    report.header = diagnosis.header();
    report.named = !plan.load.cache_header.empty();
    return report;
}

} // namespace ds
