// An event loop: one thread, its connections, and its alarm. It knows no protocol, and nothing of
// what stands behind one.
//
// Work is done in turns: what has come to one socket, what was posted, the deadlines that are over.
// At the end of a turn what was to be sent soon leaves, and connections that have ended go. So a
// connection that ends within a turn is there until the turn is over.
#pragma once

#include "base/bytes.h"
#include "transport/connection.h"
#include "transport/poller.h"
#include "transport/session.h"
#include "transport/tls.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ds::transport {

// Makes the session of a new connection, on its event loop.
using SessionFactory = std::function<std::unique_ptr<Session>(EventLoop& loop, Link& link)>;

class EventLoop {
public:
    // `open` counts the connections of all event loops. `write_timeout`: a peer that takes nothing
    // for so long is cut.
    EventLoop(unsigned number, std::chrono::milliseconds write_timeout,
              std::atomic<std::size_t>& open);
    ~EventLoop();
    EventLoop(EventLoop const&) = delete;
    EventLoop& operator=(EventLoop const&) = delete;

    void start();
    // Lets the loop end; join() waits for it.
    void stop();
    void join();

    unsigned number() const { return number_; }
    boost::asio::io_context& context() { return context_; }
    // From any thread: `work` is done in a turn of its own.
    template <typename Work>
    void post(Work work) {
        boost::asio::post(context_, [this, carried = std::move(work)]() mutable {
            now_ = std::chrono::steady_clock::now();
            carried();
            end_turn();
        });
    }

    // --- on this thread only, all of the following ---

    void adopt(Socket socket, Tls const* tls, SessionFactory const& make,
               std::unique_ptr<Admitted> admitted);
    // The connection of a number; null when it has gone.
    Connection* find(std::uint64_t number);
    // Does the work for it. Where memory is short the connection pays for it, and nobody else.
    template <typename Work>
    void attend(Connection& connection, Work work) {
        try {
            work(connection);
        } catch (std::bad_alloc const&) {
            give_up(connection);
        }
    }
    void drain();
    // When the turn began: exact enough for deadlines, and no look at the clock for each.
    SteadyTime now() const { return now_; }

    // --- for connections ---

    void release(Connection& connection);
    void set_deadline(Connection& connection, SteadyTime deadline);
    // Lets it read on after everybody else had a turn.
    void read_later(Connection const& connection);
    // Lets it send what it has at the end of the turn.
    void flush_later(Connection const& connection) { to_flush_.push_back(connection.number()); }
    std::chrono::milliseconds write_timeout() const { return write_timeout_; }
    // A buffer for whoever reads at the moment.
    std::array<char, 64 * k_kib>& scratch() { return scratch_; }

private:
    void run();
    void end_turn();
    void on_ready(std::uint64_t number, Readiness what);
    void give_up(Connection& connection);
    void tell_of_shortage(std::string_view event, std::string_view what);
    void forget_alarm(Connection& connection);
    void arm_alarm();
    void on_alarm();

    unsigned const number_;
    std::chrono::milliseconds const write_timeout_;
    std::atomic<std::size_t>& open_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer timer_;
    SteadyTime timer_at_ = SteadyTime::max();
    SteadyTime now_ = std::chrono::steady_clock::now();
    std::multimap<SteadyTime, Connection*> alarms_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::vector<std::unique_ptr<Connection>> closed_; // in this turn
    std::vector<std::uint64_t> to_flush_;             // at its end
    Poller poller_;
    std::uint64_t next_number_ = 1;
    bool draining_ = false;
    SteadyTime shortage_told_{}; // of memory, or of room to watch sockets
    std::array<char, 64 * k_kib> scratch_{};
    std::thread thread_;
};

} // namespace ds::transport
