// A connection: bytes in, one request at a time, bytes out. It lives on one io thread.
//
// While it waits (for a commit, a page, or as a live reader) it holds no buffer and, as a live
// reader, no parser: a socket, this object, and what the stream needs to know of it.
#pragma once

#include "auth/verdict.h"
#include "base/bytes.h"
#include "engine/courier.h"
#include "http/channel.h"
#include "http/forwarded.h"
#include "http/limits.h"
#include "http/live_reads.h"
#include "http/poller.h"
#include "http/request_parser.h"
#include "http/response.h"
#include "http/stream_answers.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::http {

class IoThread;
using Verdicts = std::vector<std::pair<std::string, Verdict>>; // by question; two at most
using SteadyTime = std::chrono::steady_clock::time_point;

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(IoThread& io, Socket socket, std::uint64_t number);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    std::uint64_t number() const { return number_; }
    // Names the request in hand: what arrives for an earlier one is nobody's.
    Ticket ticket() const { return number_ << k_exchange_bits | (exchanges_ & k_exchange_mask); }
    static std::uint64_t number_of(Ticket ticket) { return ticket >> k_exchange_bits; }
    // Whom the limits take the peer for, and what it holds of them; null when there are none.
    void set_guest(std::unique_ptr<Guest> guest) { guest_ = std::move(guest); }
    Guest* guest() { return guest_.get(); }
    void start();
    // Something has come to the socket.
    void on_ready(Readiness what);
    // Takes what can be read, a bounded amount at a time.
    void read();

    // The routes' side: exactly one of these for each request.
    void respond(Response response);
    // on_answer() comes, or on_response()
    void await_answer(std::string location, std::optional<StreamName> keyed);
    void await_page(std::shared_ptr<Stream> stream, ReadContext context); // on_page() comes
    void await_verdict() { // on_verdict() comes, and the route runs once more
        if (!exchange_.verdicts) exchange_.verdicts = std::make_unique<Verdicts>();
    }
    void begin_live(std::unique_ptr<LiveRead> live); // LiveReads drives it

    // What the hook has said of this request; null before it was asked.
    Verdicts const* verdicts() const { return exchange_.verdicts.get(); }

    // True once for each request: it was let in, and counts for its project's limits.
    bool is_first_pass() { return !std::exchange(exchange_.passed, true); }

    // What the answer says to pages of other origins; before any of the above.
    void tell_origin(std::shared_ptr<CrossOrigin const> told) {
        exchange_.origin = std::move(told);
    }

    // Who asks, and what it sees of us: the peer, or the client behind trusted proxies. Nothing of
    // it is kept, as most requests need none of it.
    Client client_of(Request const& request) const;

    Courier* courier() const;
    bool is_draining() const { return draining_; }
    void set_deadline(SteadyTime at);

    // A live reader's side.
    LiveRead* live() { return live_.get(); }
    void begin_body(Response const& head);
    void send_piece(Bytes const& piece, std::string before = {}); // framed already
    bool has_unsent() const { return !unsent_head_.empty() || !unsent_body_.empty(); }
    bool is_chunked() const { return !exchange_.http_1_0; }
    void end_body();
    // The live read is over and the response with it.
    void respond_after_wait(Response response);

    // What the engine, the hook or the clock brings.
    void on_answer(Answer const& answer);
    void on_page(Result<Page> page);
    void on_verdict(std::string question, Verdict verdict);
    void on_response(Response response);
    void on_deadline(SteadyTime now);
    // Ends as soon as the request in flight is answered; at once when there is none.
    void drain();
    void close();

    // Kept by the alarm (io thread).
    SteadyTime deadline = SteadyTime::max();
    SteadyTime alarm_at = SteadyTime::max();

private:
    enum class Phase : std::uint8_t {
        reading, // a request, or nothing yet
        waiting, // for the engine's answer, or the hook's
        live,    // LiveReads drives
        writing, // the rest of a response is on its way; what arrives meanwhile is kept
        ending,  // nothing more to say; what arrives is dropped
        closed,
    };
    struct Awaited {
        std::string location;            // of what is created
        std::optional<StreamName> keyed; // its reader key is told with it
        std::shared_ptr<Stream> stream;  // that a page is being fetched of
        ReadContext read;
    };
    // The request being answered.
    struct Exchange {
        bool http_1_0 = false;
        bool keep_alive = true;
        bool head = false; // the method is HEAD: no body in the answer
        bool cross_origin = true;
        bool passed = false;
        SteadyTime started;
        std::unique_ptr<Awaited> awaited;          // if an answer needs more than the engine brings
        std::shared_ptr<CrossOrigin const> origin; // null: any may read
        std::unique_ptr<Verdicts> verdicts;        // null: the hook was not asked
        // Of a live reader that came through a proxy, for the access log.
        std::unique_ptr<Address const> client;
        std::uint64_t sent = 0; // of a body that is sent in pieces
    };

    bool wants_bytes() const;
    bool receive();
    void break_off(int why);
    void consume(std::string_view bytes);
    void begin_receiving();
    bool go_on_receiving();
    void release_budget();
    void dispatch();
    void refuse();
    void refuse_with(Response response);
    void finish_exchange();
    void linger();
    // What the peer sends is of interest: more requests may follow.
    bool listens() const;

    void log_answer(int status, std::uint64_t bytes); // in access_log.cpp

    void send(std::string head, Bytes body);
    void flush();
    void on_sent();

    IoThread& io_;
    Channel channel_;
    static constexpr unsigned k_exchange_bits = 24;
    static constexpr std::uint64_t k_exchange_mask = (1U << k_exchange_bits) - 1;
    std::uint64_t const number_; // of this connection among those of its io thread
    std::uint64_t exchanges_ = 0;
    Phase phase_ = Phase::reading;
    bool reading_ = false;
    bool consuming_ = false;
    bool draining_ = false;
    bool ends_after_write_ = false;
    bool peer_closed_ = false;
    bool refused_ = false; // what the peer sends is not understood, and may still be on its way
    std::unique_ptr<RequestParser> parser_;
    // Of a body that did not come with its head.
    bool receiving_ = false;
    SteadyTime receiving_since_{};
    std::size_t budget_taken_ = 0;
    std::string received_; // bytes of a request that is not whole, or of those after it
    Exchange exchange_;
    std::unique_ptr<LiveRead> live_;
    std::unique_ptr<Guest> guest_;

    std::string unsent_head_;
    std::size_t sent_of_head_ = 0;
    Bytes unsent_body_;
};

} // namespace ds::http
