// A connection: the link between a socket and a session. It lives on one event loop.
//
// It reads a bounded amount at a time, keeps what the session does not take yet, sends what the
// session says, cuts a peer that takes nothing, and ends so that the peer sees the last answer.
// While nothing is on its way it holds no buffer.
#pragma once

#include "base/bytes.h"
#include "transport/channel.h"
#include "transport/outbox.h"
#include "transport/poller.h"
#include "transport/session.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ds::transport {

class EventLoop;

class Connection final : public Link {
public:
    // Plain without `tls`.
    Connection(EventLoop& loop, Socket socket, Tls const* tls, std::uint64_t number,
               std::unique_ptr<Admitted> admitted);
    ~Connection() override;
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    // --- for the event loop ---
    void begin(std::unique_ptr<Session> session);
    Session& session() { return *session_; }
    // Something has come to the socket.
    void on_ready(Readiness what);
    // Takes what can be read, a bounded amount at a time.
    void read();
    void on_deadline();
    void drain();

    // --- for the session ---
    std::uint64_t number() const override { return number_; }
    Address peer() const override { return channel_.peer(); }
    bool is_secure() const override { return secure_; }
    Admitted* admitted() override { return admitted_.get(); }
    SteadyTime now() const override;
    void send(std::string head, Bytes body) override;
    void send_soon(std::string head, Bytes body) override;
    void flush() override;
    bool has_unsent() const override { return outbox_ != nullptr; }
    bool is_full() const override;
    bool resume() override;
    void trim() override { pending_.shrink_to_fit(); }
    void end(bool more_may_come) override;
    void close() override;
    void set_deadline(SteadyTime at) override;

    // Kept by the event loop's alarm.
    SteadyTime deadline = SteadyTime::max();
    SteadyTime alarm_at = SteadyTime::max();

private:
    enum class Phase : std::uint8_t {
        open,
        last,   // what is unsent is the last; what arrives is dropped
        ending, // nothing more to say; what arrives is dropped
        closed,
    };
    bool wants_bytes() const;
    bool receive();
    std::size_t offer(std::string_view bytes);
    void offer_pending();
    void break_off(int why);
    void on_pushed(Outbox::Pushed how);
    void linger();

    EventLoop& loop_;
    Channel channel_;
    std::uint64_t const number_; // among those of its event loop
    std::unique_ptr<Session> session_;
    std::unique_ptr<Admitted> admitted_;
    std::string pending_; // has come, and the session does not take it yet
    std::unique_ptr<Outbox> outbox_;
    Phase phase_ = Phase::open;
    bool const secure_;
    bool reading_ = false;  // further up; the loop there goes on
    bool offering_ = false; // further up
    bool resumed_ = false;  // meanwhile
    bool blocked_ = false;  // the socket has no room for what is unsent
    bool peer_ended_ = false;
    bool more_may_come_ = false;
};

} // namespace ds::transport
