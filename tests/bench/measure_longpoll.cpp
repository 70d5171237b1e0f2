// Long-polls: one append wakes all readers of a stream, and each comes back at the new offset.
#include "bench/measure.h"
#include "bench/reader_http.h"
#include "bench/reader_load.h"

#include <vector>

namespace ds {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr auto k_patience = std::chrono::seconds(30);
constexpr int k_ok = 200;
constexpr int k_timed_out = 204;

class LongPolls {
public:
    LongPolls(Target target, std::string stream, std::size_t count, std::size_t size)
        : target_(std::move(target)),
          stream_(std::move(stream)),
          size_(size),
          writer_(target_, stream_, 0),
          readers_(target_, count),
          polls_(count) {}

    void begin();
    // All wait at the server again before the next append.
    void rest();
    // Appends, and waits until every reader has had its answer and has asked again.
    void wake(Histogram& times);
    std::uint64_t timed_out() const { return timed_out_; }
    std::uint64_t reconnects() const { return readers_.reconnects(); }
    std::uint64_t errors() const { return writer_.errors(); }

private:
    struct Poll {
        MarkScanner scanner;
        std::uint64_t number = 0; // of the last message received
    };

    void ask(std::size_t which, std::string_view offset, std::string_view cursor);
    void answered(std::size_t which, AnswerReader const& answer, LoadClock::time_point now);
    void poll(milliseconds patience);

    Target target_;
    std::string stream_;
    std::size_t size_;
    Writer writer_;
    HttpReaders readers_;
    std::vector<Poll> polls_;
    std::uint64_t number_ = 0; // of the message that is awaited
    LoadClock::time_point sent_;
    Histogram* times_ = nullptr;
    std::size_t woken_ = 0;
    std::uint64_t timed_out_ = 0;
};

void LongPolls::begin() {
    writer_.create();
    auto const end = LoadClock::now() + std::chrono::minutes(1);
    auto const request = read_request(target_, stream_, "?offset=-1");
    auto const empty = readers_.fetch(request);
    if (empty.status != k_ok) give_up("a read was answered " + empty.head);
    auto const tail = needed_header(empty.head, "Stream-Next-Offset");
    // Each has had one answer: its connection waits in no queue any more.
    std::size_t asked = 0;
    std::size_t answered = 0;
    while (answered < readers_.size()) {
        while (asked < readers_.size() && asked - answered < k_connecting_max)
            readers_.ask(asked++, request);
        readers_.poll(
            milliseconds(100),
            {{}, [&](std::size_t, AnswerReader const&, LoadClock::time_point) { ++answered; }});
        if (LoadClock::now() > end) give_up("the readers could not connect in a minute");
    }
    for (std::size_t i = 0; i < readers_.size(); ++i)
        ask(i, tail, "");
}

void LongPolls::ask(std::size_t which, std::string_view offset, std::string_view cursor) {
    auto query = std::string("?");
    if (!cursor.empty()) query.append("cursor=").append(encode_value(cursor)).append("&");
    query.append("live=long-poll&offset=").append(encode_value(offset));
    readers_.ask(which, read_request(target_, stream_, query));
}

void LongPolls::answered(std::size_t which, AnswerReader const& answer, LoadClock::time_point now) {
    auto const head = answer.head();
    if (answer.status() == k_timed_out) {
        ++timed_out_;
    } else {
        if (answer.status() != k_ok || polls_[which].number != number_)
            give_up("not what a long-poll should bring: " + std::string(head.substr(0, 400)));
        times_->record(now - sent_);
        ++woken_;
    }
    ask(which, needed_header(head, "Stream-Next-Offset"), needed_header(head, "Stream-Cursor"));
}

void LongPolls::poll(milliseconds patience) {
    writer_.proceed();
    readers_.poll(patience, {[this](std::size_t which, std::string_view piece) {
                                 auto& poll = polls_[which];
                                 poll.scanner.scan(piece, size_, [&](std::uint64_t number) {
                                     poll.number = number;
                                 });
                             },
                             [this](std::size_t which, AnswerReader const& answer,
                                    LoadClock::time_point now) { answered(which, answer, now); }});
}

void LongPolls::rest() {
    // Long enough for a server to read all requests, at ten microseconds each.
    auto const pause = milliseconds(20) + std::chrono::microseconds(10) * readers_.size();
    for (auto const end = LoadClock::now() + pause; LoadClock::now() < end;)
        poll(milliseconds(5));
}

void LongPolls::wake(Histogram& times) {
    times_ = &times;
    woken_ = 0;
    sent_ = writer_.append(numbered_message(++number_, size_));
    auto const end = sent_ + k_patience;
    while (woken_ < readers_.size()) {
        if (LoadClock::now() > end)
            give_up("only " + std::to_string(woken_) + " of " + std::to_string(readers_.size()) +
                    " long-polls were answered after 30 s");
        poll(milliseconds(5));
    }
}

} // namespace

int measure_longpoll(Arguments const& arguments) {
    auto const count = arguments.number("--readers", 1000);
    auto const rounds = arguments.number("--rounds", 10);
    auto const size = arguments.number("--size", 100);
    if (count == 0 || rounds == 0) give_up("--readers and --rounds must be above 0");
    if (!raise_open_files(count + 1000)) return 1;
    auto const target = target_from(arguments);
    ServerUse use(arguments);
    LongPolls polls(target, fresh_name(arguments, "longpoll"), count, size);
    polls.begin();

    // Times are of readers that wait; the rate is of rounds without a pause, in which the server
    // has to take the readers back as well.
    Histogram warm_up;
    Histogram times;
    Histogram without_rest;
    polls.rest();
    polls.wake(warm_up);
    for (std::uint64_t i = 0; i < rounds; ++i) {
        polls.rest();
        polls.wake(times);
    }
    polls.rest();
    use.begin();
    auto const began = LoadClock::now();
    for (std::uint64_t i = 0; i < rounds; ++i)
        polls.wake(without_rest);
    std::chrono::duration<double> const took = LoadClock::now() - began;
    use.end();

    Report report("longpoll");
    report.add_target(target)
        .add("readers", count)
        .add("rounds", rounds)
        .add("size", size)
        .add("per_second", static_cast<double>(count * rounds) / took.count())
        .add("timed_out", polls.timed_out())
        .add("reconnects", polls.reconnects())
        .add("errors", polls.errors())
        .add_times(times)
        .add_server(use, count * rounds);
    report.print();
    return polls.errors() == 0 ? 0 : 1;
}

} // namespace ds
