// A request on its way in: its head is judged before its body is taken, and its body has a least
// rate and a part of what all bodies may take.
#include "http/connection.h"
#include "http/head_check.h"
#include "http/io_thread.h"

#include <chrono>
#include <utility>

namespace ds::http {

namespace {

// Bytes of a body in a second, on the average since its head: whoever sends less is cut.
constexpr std::size_t k_least_rate = 4 * k_kib;

} // namespace

// The head is there, and the body is still to come.
void Connection::begin_receiving() {
    receiving_ = true;
    receiving_since_ = io_.now();
    auto const& request = parser_->request();
    if (auto refused = refused_by_head(request, io_)) return refuse_with(*std::move(refused));
    parser_->limit_body(body_limit_of(request, io_.options.request.body_bytes));
}

// A body may take as long as it needs at the least rate, and no more memory than is left for all.
bool Connection::go_on_receiving() {
    auto const arrived = parser_->request().body.size();
    std::chrono::seconds const needed(arrived / k_least_rate);
    if (!has_unsent())
        io_.set_deadline(*this, receiving_since_ + io_.options.header_timeout + needed);
    if (!io_.limits.take_body(arrived - budget_taken_)) {
        refuse_with(error_response(503, "BUSY", "too many bodies are on their way"));
        return false;
    }
    budget_taken_ = arrived;
    return true;
}

void Connection::release_budget() {
    receiving_ = false;
    if (budget_taken_ > 0) io_.limits.give_body(std::exchange(budget_taken_, 0));
}

void Connection::refuse() {
    auto const& refusal = parser_->refusal();
    refuse_with(error_response(refusal.status, refusal.code, refusal.text));
}

// The last answer of this connection: what the peer is still sending is not taken.
void Connection::refuse_with(Response response) {
    release_budget();
    exchange_ = {};
    exchange_.started = std::chrono::steady_clock::now();
    refused_ = true;
    respond(std::move(response.close()));
}

} // namespace ds::http
