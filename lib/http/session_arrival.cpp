// A request on its way in: its head is judged before its body is taken, and its body has a least
// rate and a part of what all bodies may take.
#include "http/session.h"

#include <chrono>
#include <utility>

namespace ds::http {

namespace {

// Bytes of a body in a second, on the average since its head: whoever sends less is cut.
constexpr std::size_t k_least_rate = 4 * k_kib;

Response refusal_of(RequestParser const& parser) {
    auto const& refusal = parser.refusal();
    return error_response(refusal.status, refusal.code, refusal.text);
}

} // namespace

// Takes from the front what makes a request, or the beginning of one. False when there is nothing
// more to be done with the rest for now.
bool HttpSession::read_on(std::string_view& bytes) {
    if (!arrival_) arrival_ = std::make_unique<Arrival>(context_.options.request, context_.bodies);
    auto& arrival = *arrival_;
    auto& parser = arrival.parser;
    if (!arrival.exchange) arrival.exchange = context_.take_exchange();
    bool const begun = parser.begun();
    auto const used = parser.feed(bytes, arrival.exchange->request());
    bytes.remove_prefix(used);
    if (!begun && parser.begun()) link_.set_deadline(link_.now() + context_.options.header_timeout);
    switch (parser.state()) {
    case RequestParser::State::done:
        arrival.receives_body = false;
        arrival.waits_for_turn = true;
        more_follows_ = !bytes.empty();
        if (may_begin(arrival.exchange->request())) begin_next();
        return true;
    case RequestParser::State::refused: refuse(refusal_of(parser)); return false;
    case RequestParser::State::body: return receive_body() && used > 0;
    case RequestParser::State::head: break;
    }
    return used > 0;
}

// The head is there, and the body is not whole. False when the request is refused.
bool HttpSession::receive_body() {
    auto& arrival = *arrival_;
    auto const& request = arrival.exchange->request();
    if (!std::exchange(arrival.receives_body, true)) {
        arrival.since = link_.now();
        if (auto refused = context_.handler.refuse_head(request)) {
            refuse(*std::move(refused));
            return false;
        }
        arrival.parser.limit_body(context_.handler.body_limit(request));
        if (arrival.parser.state() == RequestParser::State::refused) {
            refuse(refusal_of(arrival.parser));
            return false;
        }
    }
    // A body may take as long as it needs at the least rate, and no more memory than is left for
    // all.
    auto const arrived = request.body.size();
    std::chrono::seconds const needed(arrived / k_least_rate);
    link_.set_deadline(arrival.since + context_.options.header_timeout + needed);
    if (!arrival.bodies.take(arrived - arrival.budget_taken)) {
        refuse(error_response(503, "BUSY", "too many bodies are on their way"));
        return false;
    }
    arrival.budget_taken = arrived;
    return true;
}

// In its turn: what is in front is answered first.
void HttpSession::say_continue() {
    if (first_ || closed_ || !arrival_ || !arrival_->receives_body) return;
    if (arrival_->parser.take_expectation()) link_.send("HTTP/1.1 100 Continue\r\n\r\n", {});
}

// The last answer of this connection: what the peer is still sending is not taken.
void HttpSession::refuse(Response response) {
    auto exchange = arrival_ ? std::move(arrival_->exchange) : nullptr;
    if (!exchange) {
        exchange = context_.take_exchange();
        exchange->request_ = nullptr;
    }
    arrival_ = nullptr;
    takes_no_more_ = more_may_come_ = true;
    // What it said of its answer does not count.
    exchange->reset();
    exchange->begin(*this, ++turns_, std::chrono::steady_clock::now());
    exchange->keep_alive_ = false;
    append(exchange);
    answer(*exchange, std::move(response.close()));
    context_.give_back(std::move(exchange));
}

void HttpSession::on_plain() {
    Response response(400);
    response.add("Content-Type", "text/plain").add("Cache-Control", "no-store");
    refuse(std::move(response.body(
        Bytes(std::string("this port speaks HTTPS, and the request came in plain HTTP\n")))));
}

} // namespace ds::http
