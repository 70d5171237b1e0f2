// The event loop of an io thread.
#include "http/io_thread.h"

#include "base/log.h"

#include <boost/asio/post.hpp>

#include <pthread.h>

#include <utility>
#include <vector>

namespace ds::http {

IoThread::IoThread(unsigned number, Engine& the_engine, Clock const& the_clock,
                   HttpOptions const& the_options, Limits& the_limits, EdgeCache& the_edge,
                   SettingsWorker& the_settings, std::atomic<std::size_t>& open)
    : Courier(number),
      engine(the_engine),
      clock(the_clock),
      options(the_options),
      limits(the_limits),
      edge(the_edge),
      settings(the_settings),
      live(the_engine, the_engine.clock(), the_options, the_edge, number, context_),
      gate(the_options.auth, the_clock),
      access(the_options.access_log),
      cache_controls(the_options.cache_ages),
      open_(open),
      work_(boost::asio::make_work_guard(context_)),
      timer_(context_),
      poller_(context_, [this](std::uint64_t key, Readiness what) {
          auto const found = connections_.find(key);
          if (found == connections_.end()) return;
          now_ = what.now;
          auto const connection = found->second; // alive until it is done
          attend(*connection, [&](Connection& ready) { ready.on_ready(what); });
      }) {
    engine.enrol(*this);
}

IoThread::~IoThread() {
    stop();
    join();
}

void IoThread::start() {
    thread_ = std::thread([this] {
        auto const name = "ds-io-" + std::to_string(number());
        pthread_setname_np(pthread_self(), name.c_str());
        context_.run();
        // What is left has had its time; nobody else may touch these from now on.
        auto const rest = std::exchange(connections_, {});
        for (auto const& [key, connection] : rest)
            connection->close();
    });
}

void IoThread::stop() {
    work_.reset();
    context_.stop();
}

void IoThread::join() {
    if (thread_.joinable()) thread_.join();
}

void IoThread::adopt(Socket socket, std::unique_ptr<Guest> guest) {
    now_ = std::chrono::steady_clock::now();
    auto const fresh = next_number_++;
    std::shared_ptr<Connection> connection;
    try {
        if (!poller_.add(socket, fresh)) {
            tell_of_shortage("accept.failed", "the system watches no more sockets for this user "
                                              "(fs.epoll.max_user_watches)");
        } else {
            connection = std::make_shared<Connection>(*this, std::move(socket), fresh);
            connections_.emplace(fresh, connection);
        }
    } catch (std::bad_alloc const&) {
        connection = nullptr;
        tell_of_shortage("memory.short", "a connection was closed");
    }
    if (!connection) {
        open_.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    connection->set_guest(std::move(guest));
    if (draining_)
        connection->close();
    else
        connection->start();
}

// It may come with each request: a line a minute is enough.
void IoThread::tell_of_shortage(std::string_view event, std::string_view what) {
    constexpr std::chrono::minutes k_pause{1};
    if (shortage_told_ != SteadyTime{} && now_ < shortage_told_ + k_pause) return;
    shortage_told_ = now_;
    try {
        log_event(Level::error, event, {{"error", std::string(what)}});
    } catch (std::bad_alloc const&) { // there is not even memory to say it
    }
}

void IoThread::give_up(Connection& connection) {
    tell_of_shortage("memory.short", "there was no memory for a request: its connection was cut");
    connection.close();
}

void IoThread::release(Connection& connection) {
    for (auto [at, end] = alarms_.equal_range(connection.alarm_at); at != end; ++at) {
        if (at->second != &connection) continue;
        alarms_.erase(at);
        break;
    }
    connections_.erase(connection.number());
    open_.fetch_sub(1, std::memory_order_relaxed);
}

void IoThread::read_later(Connection const& connection) {
    boost::asio::post(context_, [this, number = connection.number()] {
        auto const found = connections_.find(number);
        if (found == connections_.end()) return;
        auto const alive = found->second;
        attend(*alive, [](Connection& ready) { ready.read(); });
    });
}

void IoThread::drain() {
    draining_ = true;
    now_ = std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(connections_.size());
    for (auto const& [key, connection] : connections_)
        all.push_back(connection);
    for (auto const& connection : all)
        connection->drain();
}

std::string const& IoThread::http_date() {
    auto const now = clock.now();
    if (date_.empty() || now < date_made_ || now - date_made_ >= std::chrono::seconds(1)) {
        date_made_ = std::chrono::floor<std::chrono::seconds>(now);
        date_ = format_http_date(now);
    }
    return date_;
}

void IoThread::deliver(Parcel parcel) {
    boost::asio::post(context_, [this, carried = std::move(parcel)]() mutable { unpack(carried); });
}

template <typename Visit>
void IoThread::visit_waiting(Ticket ticket, Visit visit) {
    boost::asio::post(context_, [this, ticket, carried = std::move(visit)]() mutable {
        now_ = std::chrono::steady_clock::now();
        if (auto const connection = waiting_for(ticket)) attend(*connection, std::move(carried));
    });
}

void IoThread::deliver_verdict(Ticket ticket, std::string question, Verdict verdict) {
    visit_waiting(ticket, [exact = std::move(question),
                           brought = std::move(verdict)](Connection& connection) mutable {
        connection.on_verdict(std::move(exact), std::move(brought));
    });
}

void IoThread::respond_later(Ticket ticket, Response response) {
    visit_waiting(ticket, [carried = std::move(response)](Connection& connection) mutable {
        connection.on_response(std::move(carried));
    });
}

void IoThread::unpack(Parcel& parcel) {
    now_ = std::chrono::steady_clock::now();
    // Readers first: a writer that has its answer may expect that others have been told.
    for (auto const& advance : parcel.advances)
        live.on_advance(advance);
    for (auto& told : parcel.answers)
        if (auto const connection = waiting_for(told.ticket))
            attend(*connection, [&](Connection& waiting) { waiting.on_answer(told.answer); });
    for (auto& told : parcel.pages)
        if (auto const connection = waiting_for(told.ticket))
            attend(*connection,
                   [&](Connection& waiting) { waiting.on_page(std::move(told.page)); });
}

std::shared_ptr<Connection> IoThread::waiting_for(Ticket ticket) const {
    auto const found = connections_.find(Connection::number_of(ticket));
    bool const waits = found != connections_.end() && found->second->ticket() == ticket;
    return waits ? found->second : nullptr;
}

// A deadline that moves away costs nothing: the alarm rings early, finds that, and is set again.
void IoThread::set_deadline(Connection& connection, SteadyTime deadline) {
    connection.deadline = deadline;
    if (deadline >= connection.alarm_at) return;
    for (auto [at, end] = alarms_.equal_range(connection.alarm_at); at != end; ++at) {
        if (at->second != &connection) continue;
        alarms_.erase(at);
        break;
    }
    connection.alarm_at = deadline;
    alarms_.emplace(deadline, &connection);
    arm_alarm();
}

void IoThread::arm_alarm() {
    if (alarms_.empty() || alarms_.begin()->first >= timer_at_) return;
    timer_at_ = alarms_.begin()->first;
    timer_.expires_at(timer_at_);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) on_alarm();
    });
}

void IoThread::on_alarm() {
    timer_at_ = SteadyTime::max();
    auto const now = now_ = std::chrono::steady_clock::now();
    while (!alarms_.empty() && alarms_.begin()->first <= now) {
        auto const connection = alarms_.begin()->second->shared_from_this();
        alarms_.erase(alarms_.begin());
        connection->alarm_at = SteadyTime::max();
        if (connection->deadline > now)
            set_deadline(*connection, connection->deadline);
        else
            attend(*connection, [&](Connection& late) { late.on_deadline(now); });
    }
    arm_alarm();
}

} // namespace ds::http
