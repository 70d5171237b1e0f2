// Turns, deadlines, and what happens when memory is short.
#include "transport/event_loop.h"

#include "base/log.h"

#include <pthread.h>

#include <string>

namespace ds::transport {

EventLoop::EventLoop(unsigned number, std::chrono::milliseconds write_timeout,
                     std::atomic<std::size_t>& open)
    : number_(number),
      write_timeout_(write_timeout),
      open_(open),
      work_(boost::asio::make_work_guard(context_)),
      timer_(context_),
      poller_(context_, [this](std::uint64_t ready, Readiness what) { on_ready(ready, what); }) {}

EventLoop::~EventLoop() {
    stop();
    join();
}

void EventLoop::start() {
    thread_ = std::thread([this] { run(); });
}

void EventLoop::run() {
    auto const name = "ds-io-" + std::to_string(number_);
    pthread_setname_np(pthread_self(), name.c_str());
    context_.run();
    // What is left has had its time; nobody else may touch these from now on.
    auto const rest = std::exchange(connections_, {});
    for (auto const& [key, connection] : rest)
        connection->close();
    closed_.clear();
}

void EventLoop::stop() {
    work_.reset();
    context_.stop();
}

void EventLoop::join() {
    if (thread_.joinable()) thread_.join();
}

void EventLoop::on_ready(std::uint64_t number, Readiness what) {
    auto* const connection = find(number);
    if (connection == nullptr) return;
    now_ = what.now;
    attend(*connection, [&](Connection& ready) { ready.on_ready(what); });
    end_turn();
}

// What leaves now may let a session say more, which leaves in the same round.
void EventLoop::end_turn() {
    for (std::size_t at = 0; at < to_flush_.size(); ++at)
        if (auto* const connection = find(to_flush_[at]))
            attend(*connection, [](Connection& full) { full.flush(); });
    to_flush_.clear();
    closed_.clear();
}

Connection* EventLoop::find(std::uint64_t number) {
    auto const found = connections_.find(number);
    return found == connections_.end() ? nullptr : found->second.get();
}

void EventLoop::adopt(Socket socket, Tls const* tls, SessionFactory const& make,
                      std::unique_ptr<Admitted> admitted) {
    auto const fresh = next_number_++;
    Connection* connection = nullptr;
    try {
        if (!poller_.add(socket, fresh)) {
            tell_of_shortage("accept.failed", "the system watches no more sockets for this user "
                                              "(fs.epoll.max_user_watches)");
        } else {
            auto made = std::make_unique<Connection>(*this, std::move(socket), tls, fresh,
                                                     std::move(admitted));
            auto session = make(*this, *made);
            connection = connections_.emplace(fresh, std::move(made)).first->second.get();
            connection->begin(std::move(session));
        }
    } catch (std::bad_alloc const&) {
        tell_of_shortage("memory.short", "a connection was closed");
        if (connection != nullptr) return connection->close();
    }
    if (connection == nullptr)
        open_.fetch_sub(1, std::memory_order_relaxed);
    else if (draining_)
        connection->close();
}

// It may come with each request: a line a minute is enough.
void EventLoop::tell_of_shortage(std::string_view event, std::string_view what) {
    constexpr std::chrono::minutes k_pause{1};
    if (shortage_told_ != SteadyTime{} && now_ < shortage_told_ + k_pause) return;
    shortage_told_ = now_;
    try {
        log_event(Level::error, event, {{"error", std::string(what)}});
    } catch (std::bad_alloc const&) { // there is not even memory to say it
    }
}

void EventLoop::give_up(Connection& connection) {
    tell_of_shortage("memory.short", "there was no memory for a request: its connection was cut");
    connection.close();
}

void EventLoop::release(Connection& connection) {
    forget_alarm(connection);
    open_.fetch_sub(1, std::memory_order_relaxed);
    auto const found = connections_.find(connection.number());
    if (found == connections_.end()) return;
    closed_.push_back(std::move(found->second)); // it may be further up
    connections_.erase(found);
}

void EventLoop::read_later(Connection const& connection) {
    post([this, number = connection.number()] {
        if (auto* const found = find(number))
            attend(*found, [](Connection& ready) { ready.read(); });
    });
}

void EventLoop::drain() {
    draining_ = true;
    std::vector<std::uint64_t> all;
    all.reserve(connections_.size());
    for (auto const& [number, connection] : connections_)
        all.push_back(number);
    for (auto const number : all)
        if (auto* const connection = find(number))
            attend(*connection, [](Connection& open) { open.drain(); });
}

void EventLoop::forget_alarm(Connection& connection) {
    for (auto [at, end] = alarms_.equal_range(connection.alarm_at); at != end; ++at) {
        if (at->second != &connection) continue;
        alarms_.erase(at);
        break;
    }
    connection.alarm_at = SteadyTime::max();
}

// A deadline that moves away costs nothing: the alarm rings early, finds that, and is set again.
void EventLoop::set_deadline(Connection& connection, SteadyTime deadline) {
    connection.deadline = deadline;
    if (deadline >= connection.alarm_at) return;
    forget_alarm(connection);
    connection.alarm_at = deadline;
    alarms_.emplace(deadline, &connection);
    arm_alarm();
}

void EventLoop::arm_alarm() {
    if (alarms_.empty() || alarms_.begin()->first >= timer_at_) return;
    timer_at_ = alarms_.begin()->first;
    timer_.expires_at(timer_at_);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) on_alarm();
    });
}

void EventLoop::on_alarm() {
    timer_at_ = SteadyTime::max();
    auto const now = now_ = std::chrono::steady_clock::now();
    while (!alarms_.empty() && alarms_.begin()->first <= now) {
        auto& connection = *alarms_.begin()->second;
        alarms_.erase(alarms_.begin());
        connection.alarm_at = SteadyTime::max();
        if (connection.deadline > now)
            set_deadline(connection, connection.deadline);
        else
            attend(connection, [](Connection& late) { late.on_deadline(); });
    }
    arm_alarm();
    end_turn();
}

} // namespace ds::transport
