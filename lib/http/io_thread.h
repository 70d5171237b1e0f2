// One io thread: an event loop, its connections, its live readers, its alarm, and its courier.
#pragma once

#include "engine/courier.h"
#include "engine/engine.h"
#include "http/access_log.h"
#include "http/connection.h"
#include "http/edge_cache.h"
#include "http/gate.h"
#include "http/limits.h"
#include "http/live_reads.h"
#include "http/options.h"
#include "http/poller.h"
#include "http/settings_worker.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <unordered_map>

namespace ds::http {

class IoThread final : public Courier {
public:
    // `open` counts the connections of all io threads.
    IoThread(unsigned number, Engine& engine, Clock const& clock, HttpOptions const& options,
             Limits& limits, EdgeCache& edge, SettingsWorker& settings,
             std::atomic<std::size_t>& open);
    ~IoThread() override;

    void start();
    // Lets the loop end; join() waits for it.
    void stop();
    void join();

    boost::asio::io_context& context() { return context_; }
    // On this thread only, all of the following.
    void adopt(Socket socket, std::unique_ptr<Guest> guest);
    void release(Connection& connection);
    void set_deadline(Connection& connection, SteadyTime deadline);
    // Lets it read on after everybody else had a turn.
    void read_later(Connection const& connection);
    void drain();
    std::string const& http_date();
    // When the work at hand began: exact enough for deadlines, and no look at the clock for each.
    SteadyTime now() const { return now_; }
    // Does the work for it. Where memory is short the connection pays for it, and nobody else.
    template <typename Work>
    void attend(Connection& connection, Work work) {
        try {
            work(connection);
        } catch (std::bad_alloc const&) {
            give_up(connection);
        }
    }
    // A buffer for whoever reads at the moment.
    std::array<char, 64 * k_kib>& scratch() { return scratch_; }

    Engine& engine;
    Clock const& clock;
    HttpOptions const& options;
    Limits& limits;           // of all io threads
    EdgeCache& edge;          // of all io threads
    SettingsWorker& settings; // of all io threads
    LiveReads live;
    Gate gate;
    AccessLog access;
    CacheControls const cache_controls;

    void deliver(Parcel parcel) override;
    // What the hook says, from a thread of the hook.
    void deliver_verdict(Ticket ticket, std::string question, Verdict verdict);
    // From any thread: the answer to the request of this ticket, if it still waits.
    void respond_later(Ticket ticket, Response response);

private:
    // From any thread: on ours, `visit` is shown the connection that waits for the ticket, if it is
    // still there.
    template <typename Visit>
    void visit_waiting(Ticket ticket, Visit visit);
    void unpack(Parcel& parcel);
    void give_up(Connection& connection);
    void tell_of_shortage(std::string_view event, std::string_view what);
    // The connection that waits for this ticket; null when it has gone or asked for something else
    // since.
    std::shared_ptr<Connection> waiting_for(Ticket ticket) const;
    void arm_alarm();
    void on_alarm();

    std::atomic<std::size_t>& open_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer timer_;
    SteadyTime timer_at_ = SteadyTime::max();
    SteadyTime now_ = std::chrono::steady_clock::now();
    std::multimap<SteadyTime, Connection*> alarms_;
    std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections_;
    Poller poller_;
    std::uint64_t next_number_ = 1;
    bool draining_ = false;
    SteadyTime shortage_told_{}; // of memory, or of room to watch sockets
    std::string date_;
    Millis date_made_{};
    std::array<char, 64 * k_kib> scratch_{};
    std::thread thread_;
};

} // namespace ds::http
