// One request and its answer: a slot of an HTTP session. (event loop)
//
// A handler is given an exchange whose request is whole. It answers with exactly one respond(), or
// with a body in pieces: begin_body(), send_piece(), end_body(); at once, or later, when what it
// waits for has come. Until then it may leave an object with the exchange (wait()), which is told
// of what happens meanwhile; whatever brings the news finds the exchange by its ticket.
//
// Requests that were sent ahead of answers are handled one after another and answered in order. A
// request that waits holds those behind it until it is answered, or until it says that they may
// begin: let_next_begin(). Which of them may be worked on together is the handler's to say, see
// handler.h.
//
// After respond(), end_body() or cut() the exchange is over: whoever still has a reference to it
// may only ask is_over().
#pragma once

#include "base/bytes.h"
#include "http/forwarded.h"
#include "http/request.h"
#include "http/response.h"
#include "transport/session.h"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace ds::http {

class Exchange;
class HttpSession;

// What names an exchange to other threads: its connection, and its turn on it. What comes for an
// exchange that is over finds nobody.
using ExchangeTicket = std::uint64_t;

// What a handler leaves with an exchange that waits. (event loop)
//
// It goes when the exchange is over, whether it was answered or its connection has ended, or when
// another one takes its place; so it may be gone when a call that ends the exchange returns.
class Waiter {
public:
    virtual ~Waiter() = default;
    // A body in pieces: all that was sent has left.
    virtual void on_room(Exchange& exchange);
    // The time that Exchange::set_deadline() named has come.
    virtual void on_deadline(Exchange& exchange);
    // The server is about to end. Who may wait for long answers now.
    virtual void on_drain(Exchange& exchange);
    // Those that carry nothing are shared by all exchanges, and stay.
    virtual bool is_shared() const { return false; }
};
struct ReleaseWaiter {
    void operator()(Waiter* waiter) const {
        if (!waiter->is_shared()) delete waiter;
    }
};
using WaiterPtr = std::unique_ptr<Waiter, ReleaseWaiter>;

class Exchange {
public:
    Exchange();
    ~Exchange();
    Exchange(Exchange const&) = delete;
    Exchange& operator=(Exchange const&) = delete;

    // --- the request ---

    // Until forget_request().
    Request& request() { return *request_; }
    Request const& request() const { return *request_; }
    bool has_request() const { return request_ != nullptr; }
    ExchangeTicket ticket() const;
    // When its last byte was here.
    transport::SteadyTime started() const { return started_; }
    // Who asks, and what it sees of us: the peer, or the client behind trusted proxies. Nothing of
    // it is kept, as most requests need none of it.
    Client client() const;
    // A system call: it is kept nowhere.
    transport::Address peer() const;
    // What the admission of the connection left with it; null when that left nothing.
    transport::Admitted* admitted() const;

    // --- the answer ---

    // What it says to pages of other origins; before the answer.
    void tell_origin(std::shared_ptr<CrossOrigin const> told) { origin_ = std::move(told); }
    void respond(Response response);

    // Only for an exchange that nothing is in front of: see Overlap::alone in handler.h.
    void begin_body(Response const& head);
    // Framed already. Waiter::on_room() comes when it has left, perhaps before this returns.
    void send_piece(Bytes const& piece, std::string before = {});
    void end_body();
    bool has_unsent() const;
    // Pieces are chunks; else the end of the connection ends the body (HTTP/1.0).
    bool is_chunked() const { return !http_1_0_; }

    // Ends the connection, as there is no answer.
    void cut();
    bool is_over() const { return session_ == nullptr; }

    // --- the wait ---

    // `waiter` stays with the exchange until that is over.
    void wait(WaiterPtr waiter) { waiter_ = std::move(waiter); }
    // The same for one that all exchanges share, and that outlives them.
    void wait(Waiter& shared) { waiter_.reset(&shared); }
    // What was left, if it is a W; else null.
    template <typename W>
    W* waiter() const {
        return dynamic_cast<W*>(waiter_.get());
    }
    bool is_left(Waiter const& waiter) const { return waiter_.get() == &waiter; }
    // What was sent behind this request may begin, as it cannot overtake it any more.
    void let_next_begin();
    // It waits for long, and holds as little as possible: the request goes, and with it the memory
    // to read others. Its peer's end is then its own.
    void forget_request();
    // Waiter::on_deadline() comes then. Not while bytes wait for room: then the time in which the
    // peer has to take something counts.
    void set_deadline(transport::SteadyTime at);
    bool is_draining() const;

private:
    friend class HttpSession;
    friend class SessionContext;
    friend void intrusive_ptr_add_ref(Exchange* exchange) { ++exchange->owners_; }
    // Out of sight of g++ 12, which takes the counting of owners for a use after the end.
    friend void intrusive_ptr_release(Exchange* exchange);

    void begin(HttpSession& session, std::uint32_t turn, transport::SteadyTime now);
    void read_request();
    void reset();

    std::uint32_t owners_ = 0; // on one thread
    std::uint32_t turn_ = 0;   // among those of its connection
    HttpSession* session_ = nullptr;
    boost::intrusive_ptr<Exchange> next_; // that was sent behind it
    std::unique_ptr<Request> request_;
    WaiterPtr waiter_;
    std::unique_ptr<Response> ready_; // while others are to be answered first
    std::shared_ptr<CrossOrigin const> origin_;
    transport::SteadyTime started_{};
    std::uint64_t sent_ = 0;
    bool http_1_0_ = false;
    bool keep_alive_ = true;
    bool head_ = false; // the method is HEAD: no body in the answer
    bool cross_origin_ = true;
    bool waits_long_ = false;
    bool has_body_begun_ = false;
};
// Whoever must see an exchange through a call that may end it holds one of these. (event loop)
using ExchangePtr = boost::intrusive_ptr<Exchange>;

} // namespace ds::http
