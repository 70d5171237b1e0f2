// Reading requests, writing responses, and the life of a connection.
#include "http/connection.h"

#include "http/io_thread.h"
#include "http/refusals.h"
#include "http/stream_routes.h"
#include "protocol/headers.h"

#include <array>
#include <cerrno>
#include <cstdio>

namespace ds::http {

namespace {

using Clock = std::chrono::steady_clock;

// What a connection may send ahead while its request is being answered. More stays in the kernel,
// and the sender waits.
constexpr std::size_t k_read_ahead_max = 256 * k_kib;
// How often a connection reads before others have their turn: up to a megabyte.
constexpr int k_reads_in_a_row = 16;
// How long an ending connection listens for what the peer was still sending, so that the peer reads
// our answer before it learns of the end.
constexpr std::chrono::seconds k_linger{5};

// What a cache may keep it may also give to a page of another origin, whoever asked first. Answers
// to writes are for the asker alone: without an Origin they leave out 490 bytes that nobody reads.
bool is_cacheable(Method method) {
    return method != Method::post && method != Method::put && method != Method::remove;
}

} // namespace

Connection::Connection(IoThread& io, Socket socket, std::uint64_t number)
    : io_(io),
      channel_(std::move(socket), io.options.tls.get()),
      number_(number) {}

Connection::~Connection() = default;

Courier* Connection::courier() const {
    return &io_;
}

Client Connection::client_of(Request const& request) const {
    Client const seen{channel_.peer(), io_.options.tls ? "https" : "http",
                      request.find("Host").value_or("localhost")};
    return client_behind(seen, io_.options.trusted_proxies, request);
}

void Connection::set_deadline(SteadyTime at) {
    io_.set_deadline(*this, at);
}

void Connection::start() {
    io_.set_deadline(*this, io_.now() + io_.options.header_timeout);
}

void Connection::on_ready(Readiness what) {
    if (phase_ == Phase::closed) return;
    channel_.on_ready(what);
    if (channel_.may_send(what) && has_unsent()) flush();
    if (phase_ == Phase::ending && !channel_.is_finished()) return linger();
    read();
}

bool Connection::wants_bytes() const {
    if (phase_ == Phase::closed) return false;
    bool const answering = phase_ == Phase::waiting || phase_ == Phase::writing;
    // Its end is known, and the answers still to be sent come first.
    if (answering && peer_closed_) return false;
    return phase_ == Phase::reading || received_.size() < k_read_ahead_max;
}

void Connection::read() {
    if (reading_) return; // further up, the loop below goes on
    reading_ = true;
    int rounds = 0;
    while (channel_.is_readable() && wants_bytes() && rounds < k_reads_in_a_row && receive())
        ++rounds;
    reading_ = false;
    if (rounds == k_reads_in_a_row) io_.read_later(*this);
}

// False when there is nothing more to be had for now.
bool Connection::receive() {
    auto& scratch = io_.scratch();
    auto const got = channel_.receive(scratch);
    if (got < 0 && errno == EAGAIN) return false;
    if (got < 0) {
        break_off(errno);
        return phase_ == Phase::ending;
    }
    if (got == 0) {
        // The peer has sent all it will. Requests that have arrived are still answered; a live
        // reader that went away is let go.
        peer_closed_ = true;
        if (phase_ != Phase::waiting && phase_ != Phase::writing) close();
        return false;
    }
    if (!listens()) return true;
    std::string_view const bytes(scratch.data(), static_cast<std::size_t>(got));
    if (phase_ == Phase::reading && received_.empty()) {
        consume(bytes);
    } else {
        received_.append(bytes);
        if (phase_ == Phase::reading) {
            auto const all = std::exchange(received_, {});
            consume(all);
        }
    }
    return true;
}

void Connection::break_off(int why) {
    if (why != EPROTO || phase_ != Phase::reading || has_unsent()) return close();
    // The rest of what comes is read, so that the peer sees an end and no reset.
    refused_ = true;
    if (!channel_.give_up_tls()) return linger();
    Response response(400);
    response.add("Content-Type", "text/plain").add("Cache-Control", "no-store").close();
    respond(std::move(response.body(
        Bytes(std::string("this port speaks HTTPS, and the request came in plain HTTP\n")))));
}

// Feeds the parser as far as one request after another can be answered at once; keeps the rest.
void Connection::consume(std::string_view bytes) {
    consuming_ = true;
    while (phase_ == Phase::reading && !bytes.empty()) {
        if (!parser_) parser_ = std::make_unique<RequestParser>(io_.options.request);
        bool const begun = parser_->begun();
        auto const used = parser_->feed(bytes);
        bytes.remove_prefix(used);
        if (!begun && parser_->begun())
            io_.set_deadline(*this, io_.now() + io_.options.header_timeout);
        using State = RequestParser::State;
        auto const state = parser_->state();
        if (state == State::done) {
            dispatch();
        } else if (state == State::refused) {
            refuse();
        } else {
            if (state == State::body) {
                if (!receiving_) begin_receiving();
                if (parser_ && parser_->state() == State::refused) refuse();
                if (phase_ != Phase::reading || !go_on_receiving()) break;
                if (parser_->take_expectation() && bytes.empty())
                    send("HTTP/1.1 100 Continue\r\n\r\n", {});
            }
            if (used == 0) break;
        }
    }
    if (listens()) received_.insert(0, bytes);
    consuming_ = false;
}

bool Connection::listens() const {
    bool const last = phase_ == Phase::writing && ends_after_write_;
    return !last && phase_ != Phase::ending && phase_ != Phase::closed;
}

void Connection::dispatch() {
    release_budget();
    auto& request = parser_->request();
    exchange_ = {};
    exchange_.http_1_0 = request.http_1_0;
    exchange_.keep_alive = request.keep_alive && !draining_;
    exchange_.head = request.method == Method::head;
    exchange_.cross_origin = is_cacheable(request.method) || request.find("Origin");
    exchange_.started = io_.options.server_timing ? Clock::now() : io_.now();
    ++exchanges_;
    phase_ = Phase::waiting;
    // A commit takes as long as the disk takes: the engine answers, no clock of ours.
    if (!has_unsent()) io_.set_deadline(*this, SteadyTime::max());
    route(*this, request, io_);
}

void Connection::await_answer(std::string location, std::optional<StreamName> keyed) {
    if (!location.empty())
        exchange_.awaited.reset(new Awaited{std::move(location), std::move(keyed), nullptr, {}});
}

void Connection::await_page(std::shared_ptr<Stream> stream, ReadContext context) {
    exchange_.awaited.reset(new Awaited{{}, {}, std::move(stream), std::move(context)});
}

void Connection::on_verdict(std::string question, Verdict verdict) {
    if (phase_ != Phase::waiting || !exchange_.verdicts) return;
    exchange_.verdicts->emplace_back(std::move(question), std::move(verdict));
    route_again(*this, parser_->request(), io_);
}

void Connection::on_answer(Answer const& answer) {
    if (phase_ != Phase::waiting) return;
    auto const& awaited = exchange_.awaited;
    auto response = answer_response(answer, awaited ? awaited->location : "");
    auto const* const created = std::get_if<Created>(&answer);
    if (awaited && awaited->keyed && created != nullptr && !created->existed)
        response.add(header::stream_reader_key,
                     io_.gate.reader_key(*awaited->keyed, created->stream));
    respond(std::move(response));
}

void Connection::on_page(Result<Page> page) {
    if (live_) return io_.live.on_page(*this, std::move(page));
    auto const& awaited = exchange_.awaited;
    if (phase_ != Phase::waiting || !awaited || !awaited->stream) return;
    if (page) return respond(io_.edge.answer(*awaited->stream, *page, awaited->read).response);
    respond(page_fault_response(page.error(), *awaited->stream));
}

void Connection::on_response(Response response) {
    if (phase_ == Phase::waiting) respond(std::move(response));
}

void Connection::respond(Response response) {
    if (phase_ == Phase::closed) return;
    if (io_.options.server_timing) {
        std::chrono::duration<double, std::milli> const took = Clock::now() - exchange_.started;
        std::array<char, 64> text;
        auto const size = std::snprintf(text.data(), text.size(), "total;dur=%.3f", took.count());
        response.add("Server-Timing",
                     std::string_view(text.data(), static_cast<std::size_t>(size)));
    }
    bool const keep = exchange_.keep_alive && !response.closes() && !draining_;
    Framing const framing{exchange_.head ? BodyForm::headers : BodyForm::sized, keep,
                          exchange_.http_1_0, exchange_.cross_origin, exchange_.origin.get()};
    if (io_.access.wants(response.status()))
        log_answer(response.status(), response.content().size());
    phase_ = Phase::writing;
    ends_after_write_ = !keep;
    send(render_head(response, framing, io_.http_date()),
         exchange_.head ? Bytes() : response.content());
}

void Connection::begin_live(std::unique_ptr<LiveRead> live) {
    if (io_.access.is_on() && !io_.options.trusted_proxies.empty())
        exchange_.client = std::make_unique<Address const>(client_of(parser_->request()).address);
    live_ = std::move(live);
    phase_ = Phase::live;
    // A parked reader needs none of these; what the peer sent ahead stays in received_.
    parser_.reset();
    exchange_.verdicts.reset();
    received_.shrink_to_fit();
    read();
}

void Connection::begin_body(Response const& head) {
    Framing const framing{exchange_.http_1_0 ? BodyForm::open : BodyForm::chunked,
                          exchange_.keep_alive && !exchange_.http_1_0, exchange_.http_1_0, true,
                          exchange_.origin.get()};
    ends_after_write_ = !framing.keep_alive;
    send(render_head(head, framing, io_.http_date()), {});
}

void Connection::send_piece(Bytes const& piece, std::string before) {
    exchange_.sent += before.size() + piece.size();
    send(std::move(before), piece);
}

void Connection::end_body() {
    if (phase_ != Phase::live) return;
    io_.live.unpark(*this);
    if (io_.access.wants_all()) log_answer(200, exchange_.sent);
    live_.reset();
    phase_ = Phase::writing;
    if (draining_) ends_after_write_ = true;
    send(std::string(exchange_.http_1_0 ? std::string_view() : k_last_chunk), {});
}

void Connection::respond_after_wait(Response response) {
    io_.live.unpark(*this);
    if (io_.access.wants(response.status()))
        log_answer(response.status(), response.content().size());
    live_.reset();
    respond(std::move(response));
}

// What follows something that is still on its way is joined to it: rare, and never more than the
// end of a body or one small answer.
void Connection::send(std::string head, Bytes body) {
    if (phase_ == Phase::closed) return;
    if (has_unsent()) {
        std::string rest = unsent_head_.substr(sent_of_head_);
        rest.append(unsent_body_.view()).append(head).append(body.view());
        unsent_head_ = std::move(rest);
        unsent_body_ = {};
        sent_of_head_ = 0;
        io_.set_deadline(*this, io_.now() + io_.options.write_timeout);
        return;
    }
    unsent_head_ = std::move(head);
    sent_of_head_ = 0;
    unsent_body_ = std::move(body);
    flush();
}

void Connection::flush() {
    while (has_unsent()) {
        auto const sent = channel_.send(std::string_view(unsent_head_).substr(sent_of_head_),
                                        unsent_body_.view());
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) {
            // on_ready() goes on. A peer that takes nothing for this long is cut; it can come back
            // and go on where it was.
            io_.set_deadline(*this, io_.now() + io_.options.write_timeout);
            return;
        }
        if (sent < 0) return close();
        auto left = static_cast<std::size_t>(sent);
        auto const of_head = std::min(left, unsent_head_.size() - sent_of_head_);
        sent_of_head_ += of_head;
        left -= of_head;
        unsent_body_ = left < unsent_body_.size() ? unsent_body_.slice(left) : Bytes();
        if (sent_of_head_ == unsent_head_.size()) {
            std::string().swap(unsent_head_); // and its memory: a live reader has one head
            sent_of_head_ = 0;
        }
    }
    on_sent();
}

void Connection::on_sent() {
    if (phase_ == Phase::live) return io_.live.pump(*this);
    if (phase_ != Phase::writing) return;
    if (ends_after_write_) return linger();
    finish_exchange();
}

void Connection::finish_exchange() {
    exchange_ = {};
    phase_ = Phase::reading;
    if (parser_) parser_->reset();
    io_.set_deadline(*this, io_.now() + io_.options.idle_timeout);
    if (consuming_) return; // consume() goes on with what it has
    if (!received_.empty()) {
        auto const rest = std::exchange(received_, {});
        consume(rest);
    }
    if (phase_ == Phase::reading) read();
}

void Connection::linger() {
    bool const again = std::exchange(phase_, Phase::ending) == Phase::ending;
    parser_.reset();
    received_ = {};
    if (!channel_.finish()) { // on_ready() comes back here
        if (!again) io_.set_deadline(*this, io_.now() + k_linger);
        return;
    }
    // A close with bytes unread would reset the connection, and the peer might never see the
    // answer.
    if (peer_closed_ || (!refused_ && channel_.is_quiet())) return close();
    channel_.shut_down_sending();
    io_.set_deadline(*this, io_.now() + k_linger);
    read();
}

void Connection::on_deadline(SteadyTime now) {
    if (phase_ == Phase::closed) return;
    if (has_unsent() || phase_ == Phase::ending) return close();
    if (phase_ == Phase::live) return io_.live.on_deadline(*this, now);
    if (phase_ != Phase::reading) return;
    if (!parser_ || !parser_->begun()) return close();
    refuse_with(error_response(408, "REQUEST_TIMEOUT", "the request took too long to arrive"));
}

void Connection::drain() {
    draining_ = true;
    exchange_.keep_alive = false;
    if (phase_ == Phase::live) return io_.live.end(*this);
    if (phase_ == Phase::writing) ends_after_write_ = true;
    if (phase_ == Phase::reading && !(parser_ && parser_->begun())) close();
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    auto const self = shared_from_this();
    if (live_) io_.live.unpark(*this);
    if (live_ && live_->is_sse() && io_.access.wants_all()) log_answer(200, exchange_.sent);
    live_.reset();
    phase_ = Phase::closed;
    release_budget();
    parser_.reset();
    if (!has_unsent()) channel_.finish(); // as far as there is room
    channel_.close();
    io_.release(*this);
}

} // namespace ds::http
