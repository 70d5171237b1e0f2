// What live readers cost that receive nothing, in memory and processor time; then one append to all
// of them.
#include "bench/measure.h"
#include "bench/reader_load.h"

#include <cmath>

namespace ds {

namespace {

constexpr auto k_settle = std::chrono::milliseconds(500);
constexpr auto k_patience = std::chrono::seconds(30);

// Reading goes on meanwhile: keep-alives come, pings want an answer, and an ended reader shows.
void let_pass(LiveReaders& readers, std::chrono::nanoseconds time) {
    readers.poll_until(
        LoadClock::now() + time, [] { return false; }, [](std::uint64_t, LoadClock::time_point) {});
}

} // namespace

int measure_idle(Arguments const& arguments) {
    auto const count = arguments.number("--readers", 10'000);
    auto const size = arguments.number("--size", 100);
    auto const time = seconds_option(arguments, 10);
    auto const target = target_from(arguments);
    if (count == 0) give_up("--readers must be above 0");
    if (!raise_open_files(count + 1000)) return 1;
    ServerUse use(arguments);
    auto const stream = fresh_name(arguments, "idle");
    Writer writer(target, stream, 0);
    writer.create();
    LiveReaders readers(target, stream, size, writer);

    let_pass(readers, k_settle);
    auto const before = use.rss_mib();
    auto const opening = LoadClock::now();
    readers.open(count);
    auto const opened = std::chrono::duration<double>(LoadClock::now() - opening).count();
    let_pass(readers, k_settle);
    auto const kib_each = (use.rss_mib() - before) * 1024 / static_cast<double>(count);
    use.begin();
    let_pass(readers, time);
    use.end();
    auto const lost_idle = readers.lost();

    Histogram times;
    auto const missing = reach_all(readers, writer, 1, size, k_patience,
                                   [&](std::chrono::nanoseconds late) { times.record(late); });
    auto const errors = writer.errors() + readers.repeated() + readers.lost();
    Report report("idle");
    report.add_target(target)
        .add("readers", count)
        .add("size", size)
        .add("seconds", std::chrono::duration<double>(time).count())
        .add("connect_seconds", opened)
        .add("kib_per_reader", use.watched() ? kib_each : std::nan(""))
        .add("lost", static_cast<std::uint64_t>(lost_idle))
        .add("missing", static_cast<std::uint64_t>(missing))
        .add("errors", errors)
        .add_times(times)
        .add_server(use, count);
    report.print();
    return errors == 0 && missing == 0 ? 0 : 1;
}

} // namespace ds
