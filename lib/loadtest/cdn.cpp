// Bursts of equal requests, and how they were answered.
#include "loadtest/cdn.h"

#include "base/encoding.h"
#include "loadtest/marks.h"
#include "loadtest/world.h"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace ds {

namespace {

using std::chrono::milliseconds;

constexpr auto k_answer_max = std::chrono::seconds(40);
constexpr auto k_pause_before_write = milliseconds(500);
constexpr std::uint64_t k_burst_factor = 5;
constexpr auto k_small_stagger = milliseconds(10);

// A request of a burst, and its answer.
class Probe final : public ReplyTaker {
public:
    Probe(WireLoop& loop, Target const& target) : wire(loop, target, *this) {}

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

class Diagnosis {
public:
    Diagnosis(CdnPlan const& plan, Target readers, Target writers)
        : plan_(plan),
          readers_(std::move(readers)),
          writers_(std::move(writers)),
          loop_(plan.load.cache_header) {}

    Result<void> prepare() {
        // A few messages, so that there is a place in the middle.
        for (int i = 0; i < 4; ++i)
            TRY(append());
        return {};
    }

    Result<CdnTest> middle(std::string name, std::uint64_t concurrency, milliseconds stagger) {
        CdnTest test;
        test.name = std::move(name);
        for (std::uint64_t round = 0; round < plan_.rounds; ++round) {
            // Behind what was appended before, so that no earlier burst has warmed it.
            auto const from = tail_;
            TRY(append());
            TRY(append());
            auto const url = url_of("?offset=" + percent_encode(from));
            auto const probes = burst(url, concurrency, stagger, std::nullopt);
            take(test, probes, number_ - 2);
        }
        return test;
    }

    Result<CdnTest> at_tail(std::string name, std::uint64_t concurrency, milliseconds stagger) {
        CdnTest test;
        test.name = std::move(name);
        for (std::uint64_t round = 0; round < plan_.rounds; ++round) {
            auto query = "?offset=" + percent_encode(tail_) + "&live=long-poll";
            if (!cursor_.empty()) query += "&cursor=" + percent_encode(cursor_);
            Error trouble{Fault::io, ""};
            auto const probes = burst(url_of(query), concurrency, stagger, [&] {
                auto const appended = append();
                if (!appended) trouble = appended.error();
            });
            if (!trouble.what.empty()) return trouble;
            take(test, probes, number_ - 1);
            for (auto const& probe : probes)
                if (!probe->cursor.empty()) cursor_ = probe->cursor;
        }
        return test;
    }

    std::string header() const { return header_; }

private:
    std::string url_of(std::string query) const {
        auto const& load = plan_.load;
        if (!load.reader_keys.empty() && !load.reader_keys[0].empty())
            query += "&rk=" + percent_encode(load.reader_keys[0]);
        return "/v1/stream/" + stream_name_of(load, 0) + query;
    }

    void run_until(std::function<bool()> const& done, Steady::time_point until) {
        loop_.io.restart();
        while (!done() && Steady::now() < until)
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
        run_until([&] { return probe.done; }, Steady::now() + k_answer_max);
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
    Probes burst(std::string const& url, std::uint64_t concurrency, milliseconds stagger,
                 std::optional<std::function<void()>> const& after) {
        Probes probes;
        auto const request = request_head("GET", readers_, plan_.load, url) + "\r\n";
        auto const began = Steady::now();
        for (std::uint64_t i = 0; i < concurrency; ++i) {
            probes.push_back(std::make_unique<Probe>(loop_, readers_));
            if (stagger.count() > 0) run_until([] { return false; }, began + stagger * i);
            probes.back()->send(request);
        }
        if (after) {
            run_until([] { return false; }, Steady::now() + k_pause_before_write);
            (*after)();
        }
        auto const all_done = [&] {
            return std::ranges::all_of(probes, [](auto const& probe) { return probe->done; });
        };
        run_until(all_done, Steady::now() + k_answer_max);
        for (auto const& probe : probes)
            probe->cut();
        return probes;
    }

    // Which header of an answer tells most, as for the readers of a load test.
    std::string cache_of(Probe const& probe) {
        for (auto const& name : {plan_.load.cache_header, std::string("cf-cache-status"),
                                 std::string("x-proxy-cache"), std::string("x-cache")}) {
            auto const found = probe.caches.find(name);
            if (name.empty() || found == probe.caches.end()) continue;
            header_ = name;
            return found->second;
        }
        return {};
    }

    // `number`: of the first message that each answer has to bring.
    void take(CdnTest& test, Probes const& probes, std::uint64_t number) {
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
            if (probe->status != 200 || !mark || mark->number != number) ++test.wrong;
        }
        test.misses += misses;
        test.most_misses = std::max(test.most_misses, misses);
        test.offsets = std::max<std::uint64_t>(test.offsets, offsets.size());
        test.cursors = std::max<std::uint64_t>(test.cursors, cursors.size());
    }

    CdnPlan const& plan_;
    Target readers_;
    Target writers_;
    WireLoop loop_;
    std::uint64_t number_ = 0; // of the next message
    std::string tail_;
    std::string cursor_;
    std::string header_;
};

} // namespace

Result<void> check_plan(CdnPlan const& plan) {
    TRY(check_plan(plan.load));
    if (plan.concurrency < 2 || plan.concurrency > 2'000)
        return Error{Fault::invalid, "--concurrency must be from 2 to 2000"};
    if (plan.rounds == 0 || plan.rounds > 1'000)
        return Error{Fault::invalid, "--rounds must be from 1 to 1000"};
    if (plan.stagger.count() < 0 || plan.stagger > std::chrono::seconds(10))
        return Error{Fault::invalid, "--stagger must be from 0 to 10000 ms"};
    return {};
}

Result<CdnReport> diagnose_cdn(CdnPlan const& plan,
                               std::function<bool(std::string const&)> const& tell) {
    TRY(check_plan(plan));
    auto readers = TRY(find_target(plan.load.url));
    auto writers = TRY(find_target(plan.load.write_url));
    Diagnosis diagnosis(plan, std::move(readers), std::move(writers));
    TRY(diagnosis.prepare());
    auto const many = plan.concurrency * k_burst_factor;
    auto const staggered = std::max(plan.stagger, k_small_stagger);
    CdnReport report;
    struct Step {
        std::string name;
        bool at_tail;
        std::uint64_t concurrency;
        milliseconds stagger;
    };
    auto const of = [](std::uint64_t count) { return std::to_string(count); };
    std::vector<Step> const steps{
        {of(plan.concurrency) + " reads in the middle", false, plan.concurrency, plan.stagger},
        {of(plan.concurrency) + " long-polls at the tail, one write", true, plan.concurrency,
         plan.stagger},
        {of(plan.concurrency) + " long-polls, " +
             of(static_cast<std::uint64_t>(staggered.count())) + " ms apart",
         true, plan.concurrency, staggered},
        {of(many) + " reads in the middle", false, many, plan.stagger},
        {of(many) + " long-polls at the tail, one write", true, many, plan.stagger},
    };
    for (auto const& step : steps) {
        if (!tell(step.name)) return Error{Fault::io, "interrupted"};
        report.tests.push_back(
            TRY(step.at_tail ? diagnosis.at_tail(step.name, step.concurrency, step.stagger)
                             : diagnosis.middle(step.name, step.concurrency, step.stagger)));
    }
    report.header = diagnosis.header();
    return report;
}

} // namespace ds
