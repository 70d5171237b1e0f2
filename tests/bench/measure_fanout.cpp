// Fan-out: messages of one stream to many live readers, at a rate or as fast as they are taken.
#include "bench/measure.h"
#include "bench/reader_load.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ds {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds k_second = std::chrono::seconds(1);
constexpr auto k_drain = std::chrono::seconds(3);
constexpr auto k_warm_up_patience = std::chrono::seconds(10);
constexpr std::uint64_t k_warm_up_messages = 1;
constexpr std::size_t k_outstanding_saturated = 2;

struct FanoutPlan {
    std::size_t readers = 0;
    std::uint64_t rate = 0; // messages a second; 0: saturate
    std::size_t size = 0;
    nanoseconds time{};

    bool saturates() const { return rate == 0; }
    double seconds() const { return std::chrono::duration<double>(time).count(); }
    std::uint64_t messages() const {
        return static_cast<std::uint64_t>(std::llround(static_cast<double>(rate) * seconds()));
    }
    // A server that cannot keep up gets no more than a tenth of a second of messages ahead: with
    // all of them, the times would only tell how long the run was.
    std::size_t outstanding_max() const {
        return saturates() ? k_outstanding_saturated : std::max<std::size_t>(4, rate / 10);
    }
};

class Fanout {
public:
    Fanout(FanoutPlan const& plan, LiveReaders& readers, Writer& writer, ServerUse& use)
        : plan_(plan),
          readers_(readers),
          writer_(writer),
          use_(use) {
        messages_.reserve(plan.messages());
    }

    void run();
    void add_to(Report& report) const;
    std::uint64_t errors() const {
        return writer_.errors() + readers_.repeated() + readers_.skipped() + readers_.lost() +
               unknown_;
    }

private:
    struct Message {
        LoadClock::time_point sent;
        std::size_t received = 0;
    };

    void send_what_is_due();
    bool is_due(LoadClock::time_point now) const;
    milliseconds until_next() const;
    std::size_t outstanding();
    void receive(std::uint64_t number, LoadClock::time_point when);

    FanoutPlan plan_;
    LiveReaders& readers_;
    Writer& writer_;
    ServerUse& use_;
    std::vector<Message> messages_;
    std::size_t oldest_ = 0; // of those that some reader does not have yet
    LoadClock::time_point began_;
    LoadClock::time_point end_;
    Histogram each_;
    Histogram last_;
    std::uint64_t in_time_ = 0;
    std::uint64_t deliveries_ = 0;
    bool holding_ = false; // the next message, because too many are outstanding
    std::uint64_t held_back_ = 0;
    std::uint64_t unknown_ = 0; // numbers that were never sent
};

void Fanout::run() {
    auto const received = [this](std::uint64_t number, LoadClock::time_point when) {
        receive(number, when);
    };
    use_.begin();
    began_ = LoadClock::now();
    end_ = began_ + plan_.time;
    while (LoadClock::now() < end_ && readers_.alive() > 0) {
        send_what_is_due();
        readers_.poll(until_next(), received);
    }
    use_.end();
    readers_.poll_until(
        end_ + k_drain, [&] { return outstanding() == 0 && writer_.unanswered() == 0; }, received);
}

std::size_t Fanout::outstanding() {
    while (oldest_ < messages_.size() && messages_[oldest_].received >= readers_.alive())
        ++oldest_;
    return messages_.size() - oldest_;
}

bool Fanout::is_due(LoadClock::time_point now) const {
    if (plan_.saturates()) return true;
    auto const sent = messages_.size();
    return sent < plan_.messages() && now >= began_ + k_second * sent / plan_.rate;
}

void Fanout::send_what_is_due() {
    while (is_due(LoadClock::now())) {
        if (outstanding() >= plan_.outstanding_max()) {
            holding_ = !plan_.saturates();
            return;
        }
        held_back_ += holding_ ? 1 : 0;
        holding_ = false;
        auto const number = k_warm_up_messages + 1 + messages_.size();
        messages_.push_back({writer_.append(numbered_message(number, plan_.size))});
    }
}

milliseconds Fanout::until_next() const {
    auto const now = LoadClock::now();
    auto until = end_ - now;
    // What is held back goes when a reader has received something, which ends the waiting.
    if (!plan_.saturates() && !holding_ && messages_.size() < plan_.messages()) {
        auto const next = began_ + k_second * messages_.size() / plan_.rate;
        until = std::min<LoadClock::duration>(until, next - now);
    }
    auto const left = std::chrono::floor<milliseconds>(until);
    return std::clamp(left, milliseconds(0), milliseconds(50));
}

void Fanout::receive(std::uint64_t number, LoadClock::time_point when) {
    if (number <= k_warm_up_messages) return; // one that came after all
    auto const which = number - k_warm_up_messages - 1;
    if (which >= messages_.size()) {
        ++unknown_;
        return;
    }
    auto& message = messages_[which];
    auto const late = when - message.sent;
    each_.record(late);
    ++deliveries_;
    if (when < end_) ++in_time_;
    if (++message.received == readers_.alive()) last_.record(late);
}

void Fanout::add_to(Report& report) const {
    auto const count = static_cast<std::uint64_t>(plan_.readers);
    auto const sent = static_cast<std::uint64_t>(messages_.size());
    auto const expected = count * (plan_.saturates() ? sent : plan_.messages());
    auto const never_sent = plan_.saturates() ? 0 : plan_.messages() - sent;
    report.add("sent", sent)
        .add("held_back", held_back_ + never_sent)
        .add("per_second", static_cast<double>(in_time_) / plan_.seconds())
        .add("expected", expected)
        .add("missing", count * sent - deliveries_)
        .add("share_of_rate", static_cast<double>(in_time_) / static_cast<double>(expected))
        .add("lost", static_cast<std::uint64_t>(readers_.lost()))
        .add("repeated", readers_.repeated())
        .add("skipped", readers_.skipped())
        .add("errors", errors())
        .add_times(each_)
        .add_times(last_, "last_")
        .add_server(use_, in_time_);
}

FanoutPlan plan_from(Arguments const& arguments) {
    FanoutPlan plan;
    plan.readers = arguments.number("--readers", 1000);
    plan.rate = arguments.has("--saturate") ? 0 : arguments.number("--rate", 10);
    plan.size = arguments.number("--size", 100);
    plan.time = seconds_option(arguments, 5);
    if (plan.readers == 0 || (plan.rate == 0 && !arguments.has("--saturate")))
        give_up("--readers and --rate must be above 0");
    return plan;
}

} // namespace

int measure_fanout(Arguments const& arguments) {
    auto const plan = plan_from(arguments);
    auto const target = target_from(arguments);
    if (!raise_open_files(plan.readers + 1000)) return 1;
    ServerUse use(arguments);
    auto const stream = fresh_name(arguments, "fanout");
    Writer writer(target, stream, 0);
    writer.create();
    LiveReaders readers(target, stream, plan.size, writer);
    auto const opening = LoadClock::now();
    readers.open(plan.readers);
    auto const opened = std::chrono::duration<double>(LoadClock::now() - opening).count();
    for (std::uint64_t number = 1; number <= k_warm_up_messages; ++number)
        if (auto const without = reach_all(readers, writer, number, plan.size, k_warm_up_patience,
                                           [](nanoseconds) {}))
            give_up(std::to_string(without) + " of " + std::to_string(plan.readers) +
                    " readers were still without a first message after 10 s");

    Fanout fanout(plan, readers, writer, use);
    fanout.run();
    Report report("fanout");
    report.add_target(target)
        .add("readers", static_cast<std::uint64_t>(plan.readers))
        .add("rate", plan.rate)
        .add("saturate", plan.saturates())
        .add("size", static_cast<std::uint64_t>(plan.size))
        .add("seconds", plan.seconds())
        .add("connect_seconds", opened);
    fanout.add_to(report);
    report.print();
    return fanout.errors() == 0 ? 0 : 1;
}

} // namespace ds
