// Answers in their order, and when the next request may begin.
#include "http/session.h"

#include "base/ensure.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

namespace ds::http {

namespace {

using SteadyClock = std::chrono::steady_clock;

// Requests of a connection that are worked on at the same time. Answers to changes are small; each
// read may hold a page while it waits for those before it.
constexpr std::uint16_t k_changes_max = 64;
constexpr std::uint16_t k_reads_max = 4;

void add_server_timing(Response& response, transport::SteadyTime started) {
    std::chrono::duration<double, std::milli> const took = SteadyClock::now() - started;
    std::array<char, 64> text;
    auto const size = std::snprintf(text.data(), text.size(), "total;dur=%.3f", took.count());
    response.add("Server-Timing", std::string_view(text.data(), static_cast<std::size_t>(size)));
}

} // namespace

HttpSession::~HttpSession() {
    while (first_)
        drop_first();
}

void HttpSession::on_start() {
    link_.set_deadline(link_.now() + context_.options.header_timeout);
}

bool HttpSession::takes_bytes() const {
    if (closed_ || takes_no_more_ || is_held_ || link_.is_full()) return false;
    if (arrival_ && arrival_->waits_for_turn) return false;
    bool const reads = overlap_known_ && overlap_.kind == Overlap::Kind::read;
    return in_flight_ < (reads ? k_reads_max : k_changes_max);
}

std::size_t HttpSession::on_bytes(std::string_view bytes) {
    auto const all = bytes.size();
    working_ = true;
    while (!bytes.empty() && takes_bytes() && read_on(bytes)) {
    }
    working_ = more_follows_ = false;
    if (!closed_) link_.flush();
    say_continue();
    return all - bytes.size();
}

ExchangePtr HttpSession::waiting(ExchangeTicket ticket) const {
    for (auto const* at = &first_; *at; at = &(*at)->next_)
        if (((*at)->turn_ & k_turn_mask) == (ticket & k_turn_mask))
            return (*at)->ready_ ? nullptr : *at;
    return nullptr;
}

// Whether the request that comes next may be worked on beside those in flight.
bool HttpSession::may_begin(Request const& request) {
    if (!first_) return true;
    if (is_held_ || !last_->has_request()) return false;
    if (!overlap_known_) overlap_ = context_.handler.overlap_of(last_->request());
    overlap_known_ = true;
    return overlap_.may_overlap(context_.handler.overlap_of(request));
}

void HttpSession::begin_next() {
    arrival_->give_back_budget();
    auto exchange = std::move(arrival_->exchange);
    arrival_->parser.reset();
    arrival_->waits_for_turn = false;
    bool const exact = context_.options.server_timing;
    exchange->begin(*this, ++turns_, exact ? SteadyClock::now() : link_.now());
    exchange->read_request();
    if (!exchange->keep_alive_ || draining_) takes_no_more_ = true;
    append(exchange);
    is_held_ = true;
    // A commit takes as long as the disk takes: the engine answers, no clock of ours.
    link_.set_deadline(transport::SteadyTime::max());
    context_.handler.handle(*exchange);
    context_.give_back(std::move(exchange));
}

void HttpSession::append(ExchangePtr const& exchange) {
    if (!first_) {
        first_ = exchange;
        overlap_known_ = false;
    } else {
        last_->next_ = exchange;
    }
    last_ = exchange.get();
    ++in_flight_;
}

void HttpSession::let_next_begin(Exchange const& exchange) {
    if (&exchange != last_ || exchange.waits_long_) return;
    is_held_ = false;
    go_on();
}

void HttpSession::forget_request(Exchange& exchange) {
    exchange.waits_long_ = true;
    context_.give_back(std::move(exchange.request_));
    arrival_ = nullptr;
    link_.trim();
    if (peer_ended_) link_.close();
}

void HttpSession::answer(Exchange& exchange, Response response) {
    if (exchange.ready_ || exchange.has_body_begun_) return;
    if (context_.options.server_timing) add_server_timing(response, exchange.started_);
    context_.handler.on_answer(exchange, response.status(), response.content().size());
    exchange.waiter_ = nullptr;
    if (&exchange == last_) is_held_ = false;
    if (&exchange == first_.get() && !link_.is_full())
        write_first(response);
    else
        exchange.ready_ = std::make_unique<Response>(std::move(response));
    go_on();
}

// A single answer leaves at once; of several, all that are ready leave together.
void HttpSession::write_first(Response const& response) {
    auto const& exchange = *first_;
    bool const is_last = !exchange.next_;
    bool const keep = exchange.keep_alive_ && !response.closes() && !(takes_no_more_ && is_last);
    Framing const framing{exchange.head_ ? BodyForm::headers : BodyForm::sized,
                          keep,
                          exchange.http_1_0_,
                          exchange.cross_origin_,
                          exchange.origin_.get(),
                          context_.options.exposed_headers};
    auto head = render_head(response, framing, context_.date());
    auto body = exchange.head_ ? Bytes() : response.content();
    drop_first();
    if (keep && is_last && !more_follows_) return link_.send(std::move(head), std::move(body));
    link_.send_soon(std::move(head), std::move(body));
    if (!keep) end();
}

void HttpSession::begin_body(Exchange& exchange, Response const& head) {
    ENSURE(&exchange == first_.get()); // whatever has such a body is worked on alone
    exchange.keep_alive_ = exchange.keep_alive_ && !exchange.http_1_0_ && !takes_no_more_;
    exchange.has_body_begun_ = true;
    Framing const framing{exchange.http_1_0_ ? BodyForm::open : BodyForm::chunked,
                          exchange.keep_alive_,
                          exchange.http_1_0_,
                          true,
                          exchange.origin_.get(),
                          context_.options.exposed_headers};
    link_.send(render_head(head, framing, context_.date()), {});
}

void HttpSession::end_body(Exchange& exchange) {
    ENSURE(&exchange == first_.get());
    context_.handler.on_answer(exchange, 200, exchange.sent_);
    exchange.waiter_ = nullptr;
    bool const keep = exchange.keep_alive_ && !takes_no_more_;
    std::string last(exchange.http_1_0_ ? std::string_view() : k_last_chunk);
    is_held_ = false;
    drop_first();
    link_.send_soon(std::move(last), {});
    if (!keep) return end();
    link_.flush();
    go_on();
}

void HttpSession::drop_first() {
    auto exchange = std::move(first_);
    first_ = std::move(exchange->next_);
    exchange->waiter_ = nullptr;
    exchange->session_ = nullptr;
    --in_flight_;
    if (!first_) {
        last_ = nullptr;
        if (!has_begun()) link_.set_deadline(link_.now() + context_.options.idle_timeout);
    }
    context_.give_back(std::move(exchange));
}

// What has become possible: answers that were ready leave, the next request begins, and others are
// read.
void HttpSession::go_on() {
    if (working_ || closed_) return;
    working_ = true;
    while (first_ && first_->ready_ && !link_.is_full()) {
        auto const response = std::move(first_->ready_);
        write_first(*response);
    }
    bool const waits = arrival_ && arrival_->waits_for_turn;
    if (waits && may_begin(arrival_->exchange->request())) begin_next();
    working_ = false;
    if (!first_ && !closed_) link_.flush(); // else others are soon ready, too
    if (!takes_bytes() || !link_.resume()) return;
    say_continue();
    if (peer_ended_ && !first_ && takes_bytes()) end();
}

// No more is said after what has been.
void HttpSession::end() {
    takes_no_more_ = true;
    arrival_ = nullptr;
    while (first_)
        drop_first();
    link_.has_unsent() || more_may_come_ ? link_.end(more_may_come_) : link_.close();
}

void HttpSession::on_end() {
    peer_ended_ = true;
    // A reader that has gone is let go. Requests that have arrived are still answered.
    if (first_ && first_->waits_long_) return link_.close();
    if (!first_ && takes_bytes()) end();
}

void HttpSession::on_room() {
    if (first_ && first_->has_body_begun_) {
        ExchangePtr const alive = first_;
        if (alive->waiter_) alive->waiter_->on_room(*alive);
        return;
    }
    auto const& options = context_.options;
    if (has_begun())
        link_.set_deadline(link_.now() + options.header_timeout);
    else if (!first_)
        link_.set_deadline(link_.now() + options.idle_timeout);
    go_on();
}

void HttpSession::on_deadline() {
    if (first_ && first_->waits_long_) {
        ExchangePtr const alive = first_;
        if (alive->waiter_) alive->waiter_->on_deadline(*alive);
    } else if (has_begun() && !arrival_->waits_for_turn) {
        refuse(error_response(408, "REQUEST_TIMEOUT", "the request took too long to arrive"));
    } else if (!first_) {
        link_.close();
    }
}

void HttpSession::drain() {
    draining_ = true;
    if (!has_begun()) takes_no_more_ = true; // else that is the last
    if (first_ && first_->waits_long_) {
        ExchangePtr const alive = first_;
        if (alive->waiter_) alive->waiter_->on_drain(*alive);
    } else if (!first_ && takes_no_more_) {
        end();
    }
}

void HttpSession::on_close() {
    closed_ = true;
    arrival_ = nullptr;
    if (first_ && first_->has_body_begun_) context_.handler.on_answer(*first_, 200, first_->sent_);
    while (first_)
        drop_first();
}

} // namespace ds::http
