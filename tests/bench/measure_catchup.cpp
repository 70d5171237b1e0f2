// Catch-up: readers that read a whole stream from its start, as fast as the server gives it.
#include "bench/reader_http.h"
#include "bench/reader_load.h"
#include "bench/request_loop.h"

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

namespace ds {

namespace {

constexpr std::size_t k_batch_bytes = std::size_t{256} * 1024;
constexpr int k_ok = 200;

struct CatchupPlan {
    Target target;
    std::string stream;
    std::string content_type;
    std::uint64_t messages = 0;
    std::size_t message_size = 0;
    std::uint64_t readers = 0;
    std::uint64_t rounds = 0;

    bool json() const { return content_type.starts_with("application/json"); }
    std::uint64_t bytes() const { return messages * message_size; }
};

CatchupPlan plan_from(Arguments const& arguments) {
    CatchupPlan plan;
    plan.target = target_from(arguments);
    // The same name for the same prefix: a later run finds the stream with --no-fill.
    plan.stream = stream_name(arguments.text("--prefix", "bench"), 0);
    plan.content_type = content_type_option(arguments);
    plan.message_size = numbered_message(1, arguments.number("--message-size", 100)).size();
    plan.messages = arguments.number("--bytes", 10'000'000) / plan.message_size;
    plan.readers = arguments.number("--readers", 1);
    plan.rounds = arguments.number("--rounds", 3);
    if (plan.messages == 0 || plan.readers == 0 || plan.rounds == 0)
        give_up("--bytes, --readers and --rounds must be above 0");
    return plan;
}

// MB written in a second. JSON goes in batches; bytes go one message in an append.
double fill(CatchupPlan const& plan) {
    auto const message = numbered_message(1, plan.message_size);
    auto const batch = plan.json() ? std::max<std::uint64_t>(1, k_batch_bytes / message.size()) : 1;
    auto left = plan.messages;
    auto const next_body = [&] {
        auto const count = std::min(left, batch);
        left -= count;
        if (!plan.json()) return std::string(message);
        std::string body = "[" + message;
        for (std::uint64_t i = 1; i < count; ++i)
            body.append(",").append(message);
        return body + "]";
    };
    RequestLoopSettings settings;
    settings.target = plan.target;
    bool created = false;
    settings.compose = [&](std::size_t, std::string& into) {
        if (std::exchange(created, true)) return false;
        into += create_request(plan.target, plan.stream, plan.content_type);
        return true;
    };
    request_all(settings, "the stream could not be made");
    settings.connections = 4;
    settings.window =
        plan.json() ? 1 : std::clamp<std::size_t>(k_batch_bytes / message.size(), 1, 64);
    settings.compose = [&](std::size_t connection, std::string& into) {
        if (left == 0) return false;
        into +=
            append_request(plan.target, plan.stream, plan.content_type, next_body(), connection);
        return true;
    };
    auto const began = LoadClock::now();
    request_all(settings, "the stream could not be filled");
    std::chrono::duration<double> const took = LoadClock::now() - began;
    return static_cast<double>(plan.bytes()) / 1e6 / took.count();
}

class Catchup {
public:
    explicit Catchup(CatchupPlan const& plan)
        : plan_(plan),
          first_request_(read_request(plan.target, plan.stream, "?offset=-1")),
          readers_(plan.target, plan.readers),
          bytes_(plan.readers) {}

    void open() { readers_.open(); }
    // All of them, from the start to the end.
    void round();
    // Counts the messages in what one reader receives; readings that had other bytes are errors.
    void check();

    double mb_per_second() const { return static_cast<double>(total_) / 1e6 / time_.count(); }
    double bytes_per_answer() const {
        return static_cast<double>(total_) / static_cast<double>(times_.count());
    }
    Histogram const& times() const { return times_; }
    std::uint64_t reconnects() const { return readers_.reconnects(); }
    std::uint64_t errors() const { return errors_; }

private:
    void read_on(std::size_t which, AnswerReader const& answer, LoadClock::time_point now);
    void read_all(std::size_t readers, HttpReaders::Events const& events);

    CatchupPlan const& plan_;
    std::string first_request_;
    HttpReaders readers_;
    std::vector<std::uint64_t> bytes_; // of the reading that is going on, by reader
    std::vector<std::uint64_t> readings_;
    std::size_t finished_ = 0;
    Histogram times_;
    std::uint64_t total_ = 0;
    std::chrono::duration<double> time_{};
    std::uint64_t errors_ = 0;
};

void Catchup::read_on(std::size_t which, AnswerReader const& answer, LoadClock::time_point now) {
    auto const head = answer.head();
    if (answer.status() != k_ok) give_up("a read was answered " + std::string(head.substr(0, 400)));
    times_.record(now - readers_.asked_at(which));
    bytes_[which] += answer.body_bytes();
    if (header_value(head, "Stream-Up-To-Date")) {
        ++finished_;
        return;
    }
    if (answer.body_bytes() == 0) give_up("an empty answer before the end of the stream");
    auto const query = "?offset=" + encode_value(needed_header(head, "Stream-Next-Offset"));
    readers_.ask(which, read_request(plan_.target, plan_.stream, query));
}

void Catchup::read_all(std::size_t readers, HttpReaders::Events const& events) {
    finished_ = 0;
    std::ranges::fill(bytes_, 0);
    for (std::size_t i = 0; i < readers; ++i)
        readers_.ask(i, first_request_);
    readers_.poll_until([&] { return finished_ == readers; }, events);
}

void Catchup::round() {
    auto const began = LoadClock::now();
    read_all(readers_.size(),
             {{}, [this](std::size_t which, AnswerReader const& answer, LoadClock::time_point now) {
                  read_on(which, answer, now);
              }});
    time_ += LoadClock::now() - began;
    for (auto const bytes : bytes_) {
        readings_.push_back(bytes);
        total_ += bytes;
    }
}

void Catchup::check() {
    MarkScanner scanner;
    std::uint64_t messages = 0;
    auto const timed = times_;
    read_all(1, {[&](std::size_t, std::string_view piece) {
                     scanner.scan(piece, plan_.message_size, [&](std::uint64_t) { ++messages; });
                 },
                 [this](std::size_t which, AnswerReader const& answer, LoadClock::time_point now) {
                     read_on(which, answer, now);
                 }});
    times_ = timed;
    auto const expected = plan_.json() ? bytes_[0] : plan_.bytes();
    if (messages != plan_.messages || bytes_[0] != expected)
        give_up("the stream holds " + std::to_string(messages) + " messages, " +
                std::to_string(bytes_[0]) + " bytes, but " + std::to_string(plan_.messages) +
                " were written: if it is an earlier run's, take another --prefix");
    for (auto const bytes : readings_)
        if (bytes != expected && errors_++ == 0)
            std::cerr << "a reader received " << bytes << " bytes instead of " << expected
                      << std::endl;
}

} // namespace

int measure_catchup(Arguments const& arguments) {
    auto const plan = plan_from(arguments);
    if (!raise_open_files(plan.readers + 1000)) return 1;
    ServerUse use(arguments);
    Report report("catchup");
    report.add_target(plan.target)
        .add("content_type", plan.content_type)
        .add("bytes", plan.bytes())
        .add("message_size", static_cast<std::uint64_t>(plan.message_size))
        .add("readers", plan.readers)
        .add("rounds", plan.rounds);
    if (!arguments.has("--no-fill")) report.add("fill_mb_per_second", fill(plan));

    Catchup catchup(plan);
    catchup.open();
    use.begin();
    for (std::uint64_t i = 0; i < plan.rounds; ++i)
        catchup.round();
    use.end();
    catchup.check();
    report.add("mb_per_second", catchup.mb_per_second())
        .add("bytes_per_answer", catchup.bytes_per_answer())
        .add("answers", catchup.times().count())
        .add("reconnects", catchup.reconnects())
        .add("errors", catchup.errors())
        .add_times(catchup.times())
        .add_server(use, catchup.times().count());
    report.print();
    return catchup.errors() == 0 ? 0 : 1;
}

} // namespace ds
