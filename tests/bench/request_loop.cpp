// One epoll loop: answers are matched in the buffer they were received into, requests are composed
// into a buffer that is used again.
#include "bench/request_loop.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <utility>
#include <vector>

namespace ds {

namespace {

using std::chrono::nanoseconds;

constexpr std::size_t k_buffer_bytes = std::size_t{256} * 1024;
constexpr auto k_drain = std::chrono::seconds(3);

// When the requests in flight on a connection were sent, oldest first.
class SentTimes {
public:
    explicit SentTimes(std::size_t capacity) : times_(capacity) {}
    void push(LoadClock::time_point time) {
        times_[(first_ + count_) % times_.size()] = time;
        ++count_;
    }
    LoadClock::time_point pop() {
        auto const time = times_[first_];
        first_ = (first_ + 1) % times_.size();
        --count_;
        return time;
    }
    std::size_t count() const { return count_; }

private:
    std::vector<LoadClock::time_point> times_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

// The beginning of an answer, for people.
std::string one_line(std::string_view text, std::size_t longest) {
    std::string line(text.substr(0, longest));
    for (auto& c : line)
        if (c == '\r' || c == '\n') c = ' ';
    return line;
}

std::string refusal(FirstAnswer const& answer) {
    return "a request was answered " + one_line(answer.head, 60) + " " + one_line(answer.body, 300);
}

struct Connection {
    explicit Connection(std::size_t window) : sent(window) {}

    int socket = -1;
    bool exhausted = false; // has no more requests
    SentTimes sent;
    std::string partial;       // the beginning of an answer whose rest has yet to come
    std::string unsent;        // what the socket did not take
    std::size_t unsent_at = 0; // how much of that it has taken since
};

class Loop {
public:
    Loop(RequestLoopSettings const& settings, ServerUse& use);
    ~Loop();
    Loop(Loop const&) = delete;
    Loop& operator=(Loop const&) = delete;

    RequestLoopResult run();

private:
    void run_until(std::optional<LoadClock::time_point> end);
    void poll(int patience_ms);
    void count_from_now();
    void stop_counting();
    void receive(std::size_t which);
    std::size_t take_answers(std::size_t which, std::string_view arrived);
    void judge(std::size_t which, FirstAnswer const& answer);
    void refill(std::size_t which);
    void send(Connection& connection, std::string_view bytes);
    void send_rest(Connection& connection);
    void watch(Connection const& connection, int operation, std::uint32_t events);
    std::size_t in_flight() const;

    RequestLoopSettings const& settings_;
    ServerUse& use_;
    int epoll_;
    std::vector<Connection> connections_;
    std::vector<char> buffer_;
    std::string composed_;
    RequestLoopResult result_;
    LoadClock::time_point now_;
    LoadClock::time_point counting_from_ = LoadClock::time_point::max();
    bool counting_ = false; // answers
    bool stopping_ = false; // no more requests
};

Loop::Loop(RequestLoopSettings const& settings, ServerUse& use)
    : settings_(settings),
      use_(use),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(k_buffer_bytes) {
    connections_.reserve(settings.connections);
    for (std::size_t i = 0; i < settings.connections; ++i) {
        auto& made = connections_.emplace_back(settings.window);
        made.socket = connect_now(settings.target.port);
        watch(made, EPOLL_CTL_ADD, EPOLLIN);
        if (auto const hello = greeting(settings.target, i); !hello.empty()) send(made, hello);
    }
}

Loop::~Loop() {
    for (auto const& connection : connections_)
        ::close(connection.socket);
    ::close(epoll_);
}

void Loop::watch(Connection const& connection, int operation, std::uint32_t events) {
    auto const which = static_cast<std::uint64_t>(&connection - connections_.data());
    ds::watch(epoll_, operation, connection.socket, events, which);
}

RequestLoopResult Loop::run() {
    auto const began = LoadClock::now();
    bool const warms_up = settings_.warm_up > nanoseconds(0);
    if (!warms_up) count_from_now();
    for (std::size_t i = 0; i < connections_.size(); ++i)
        refill(i);
    if (warms_up) {
        run_until(began + settings_.warm_up);
        count_from_now();
    }
    if (settings_.duration)
        run_until(counting_from_ + *settings_.duration);
    else
        run_until(std::nullopt);
    stop_counting();
    // Who was never answered must not be missing from the times.
    auto const patience = LoadClock::now() + k_drain;
    while (in_flight() > 0 && LoadClock::now() < patience)
        poll(50);
    auto const unanswered = in_flight();
    if (unanswered > 0) std::cerr << unanswered << " requests were never answered" << std::endl;
    result_.errors += unanswered;
    return result_;
}

void Loop::count_from_now() {
    use_.begin();
    counting_from_ = LoadClock::now();
    counting_ = true;
}

void Loop::stop_counting() {
    counting_ = false;
    stopping_ = true;
    use_.end();
    result_.time = LoadClock::now() - counting_from_;
}

void Loop::run_until(std::optional<LoadClock::time_point> end) {
    auto silent_since = LoadClock::now();
    while (true) {
        now_ = LoadClock::now();
        if (end ? now_ >= *end : in_flight() == 0) return;
        auto const before = result_.answers + result_.errors;
        poll(50);
        if (result_.answers + result_.errors != before) silent_since = now_;
        constexpr auto k_patience = std::chrono::seconds(30);
        if (!end && now_ - silent_since > k_patience) give_up("no answer for 30 seconds");
    }
}

void Loop::poll(int patience_ms) {
    std::array<epoll_event, 512> events;
    auto const ready =
        epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience_ms);
    for (int i = 0; i < ready; ++i) {
        auto const& event = events[static_cast<std::size_t>(i)];
        if ((event.events & EPOLLOUT) != 0) send_rest(connections_[event.data.u64]);
        if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) receive(event.data.u64);
    }
}

void Loop::receive(std::size_t which) {
    auto& connection = connections_[which];
    auto const got = recv(connection.socket, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) give_up("the server closed a connection under load");
    now_ = LoadClock::now();
    std::string_view const fresh(buffer_.data(), static_cast<std::size_t>(got));
    if (connection.partial.empty()) {
        auto const taken = take_answers(which, fresh);
        if (taken < fresh.size()) connection.partial.assign(fresh.substr(taken));
    } else {
        connection.partial.append(fresh);
        connection.partial.erase(0, take_answers(which, connection.partial));
    }
    refill(which);
}

std::size_t Loop::take_answers(std::size_t which, std::string_view arrived) {
    std::size_t taken = 0;
    while (taken < arrived.size()) {
        auto const answer = first_answer(settings_.target, arrived.substr(taken));
        if (answer.bytes == 0) break;
        taken += answer.bytes;
        if (!answer.reply.empty()) send(connections_[which], answer.reply);
        if (answer.counts) judge(which, answer);
    }
    return taken;
}

void Loop::judge(std::size_t which, FirstAnswer const& answer) {
    auto& connection = connections_[which];
    if (connection.sent.count() == 0)
        give_up("an answer to no request: " +
                one_line(answer.head.empty() ? answer.body : answer.head, 300));
    auto const sent = connection.sent.pop();
    bool const good = settings_.judge ? settings_.judge(which, answer) : answer.accepted;
    if (!good) {
        if (result_.errors++ == 0) result_.wrong = refusal(answer);
        return;
    }
    if (counting_) ++result_.answers;
    if (sent >= counting_from_) result_.times.record(now_ - sent);
}

void Loop::refill(std::size_t which) {
    auto& connection = connections_[which];
    if (stopping_ || connection.exhausted) return;
    composed_.clear();
    auto const free = settings_.window - connection.sent.count();
    std::size_t added = 0;
    while (added < free && settings_.compose(which, composed_))
        ++added;
    connection.exhausted = added < free;
    if (added == 0) return;
    auto const sent = LoadClock::now();
    for (std::size_t i = 0; i < added; ++i)
        connection.sent.push(sent);
    send(connection, composed_);
}

void Loop::send(Connection& connection, std::string_view bytes) {
    if (!connection.unsent.empty()) {
        connection.unsent.append(bytes);
        return;
    }
    auto const sent = ::send(connection.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) give_up("the server closed a connection under load");
    bytes.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
    if (bytes.empty()) return;
    connection.unsent.assign(bytes);
    watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

void Loop::send_rest(Connection& connection) {
    auto const rest = std::string_view(connection.unsent).substr(connection.unsent_at);
    auto const sent = ::send(connection.socket, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) give_up("the server closed a connection under load");
    connection.unsent_at += sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (connection.unsent_at < connection.unsent.size()) return;
    connection.unsent.clear();
    connection.unsent_at = 0;
    watch(connection, EPOLL_CTL_MOD, EPOLLIN);
}

std::size_t Loop::in_flight() const {
    std::size_t sum = 0;
    for (auto const& connection : connections_)
        sum += connection.sent.count();
    return sum;
}

} // namespace

RequestLoopResult run_request_loop(RequestLoopSettings const& settings, ServerUse& use) {
    if (!raise_open_files(settings.connections + 100)) give_up("too many connections");
    return Loop(settings, use).run();
}

RequestLoopResult request_all(RequestLoopSettings settings, std::string const& what,
                              ServerUse& use) {
    settings.judge = [&](std::size_t, FirstAnswer const& answer) {
        if (!answer.accepted) give_up(what + ": " + refusal(answer));
        return true;
    };
    auto result = run_request_loop(settings, use);
    if (result.errors > 0) give_up(what + ": " + result.wrong);
    return result;
}

void request_all(RequestLoopSettings settings, std::string const& what) {
    ServerUse nobody;
    request_all(std::move(settings), what, nobody);
}

int finish(Report& report, RequestLoopResult const& result, ServerUse const& use) {
    report.add("errors", result.errors)
        .add_times(result.times)
        .add_server(use, result.answers)
        .print();
    if (result.errors > 0) std::cerr << result.wrong << std::endl;
    return result.errors == 0 && result.answers > 0 ? 0 : 1;
}

} // namespace ds
