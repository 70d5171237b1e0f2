// Makes many streams, and asks what each costs the server in memory.
#include "bench/reader_load.h"
#include "bench/request_loop.h"

#include <cmath>
#include <thread>
#include <utility>

namespace ds {

namespace {

// A server may free what it no longer needs after its last answer.
constexpr auto k_settle = std::chrono::milliseconds(500);
constexpr std::string_view k_content_type = "application/json";

class Streams {
public:
    explicit Streams(Arguments const& arguments)
        : target_(target_from(arguments)),
          prefix_(arguments.text("--prefix", "bench")),
          count_(arguments.number("--count", 1000)),
          connections_(arguments.number("--connections", 8)),
          window_(arguments.number("--pipeline", 32)) {
        if (count_ == 0 || connections_ == 0 || window_ == 0)
            give_up("--count, --connections and --pipeline must be above 0");
        if (create_request(target_, "any", k_content_type).empty())
            give_up("here a stream begins with its first append");
    }

    RequestLoopResult create(ServerUse& use) const {
        return each(use, [this](std::uint64_t number) {
            return create_request(target_, stream_name(prefix_, number), k_content_type);
        });
    }

    RequestLoopResult append(std::size_t size) const {
        auto const body = numbered_message(0, size);
        ServerUse nobody;
        return each(nobody, [&](std::uint64_t number) {
            return append_request(target_, stream_name(prefix_, number), k_content_type, body, 0);
        });
    }

    std::uint64_t count() const { return count_; }
    void describe(Report& report) const {
        report.add_target(target_)
            .add("count", count_)
            .add("connections", connections_)
            .add("pipeline", window_);
    }

private:
    template <class Request>
    RequestLoopResult each(ServerUse& use, Request const& request) const {
        std::uint64_t next = 0;
        RequestLoopSettings settings;
        settings.target = target_;
        settings.connections = connections_;
        settings.window = window_;
        settings.compose = [&](std::size_t, std::string& into) {
            if (next == count_) return false;
            into.append(request(next++));
            return true;
        };
        return request_all(std::move(settings), "not all streams could be made and filled", use);
    }

    Target target_;
    std::string prefix_;
    std::uint64_t count_;
    std::uint64_t connections_;
    std::uint64_t window_;
};

} // namespace

int measure_streams(Arguments const& arguments) {
    Streams const streams(arguments);
    ServerUse use(arguments);
    auto const before = use.rss_mib();
    auto const created = streams.create(use);
    bool const appends = arguments.has("--append-each");
    Report report("streams");
    streams.describe(report);
    report.add("per_second", created.per_second()).add("append_each", appends);
    if (appends) {
        auto const appended = streams.append(arguments.number("--size", 100));
        report.add("appends_per_second", appended.per_second());
    }
    std::this_thread::sleep_for(k_settle);
    auto const after = use.rss_mib();
    auto const each = (after - before) * 1024 * 1024 / static_cast<double>(streams.count());
    auto const known = [&](double value) { return use.watched() ? value : std::nan(""); };
    report.add("rss_mib_before", known(before))
        .add("rss_mib_after", known(after))
        .add("bytes_per_stream", known(each))
        .add("errors", created.errors)
        .add_times(created.times)
        .add_server(use, streams.count());
    report.print();
    return 0;
}

} // namespace ds
