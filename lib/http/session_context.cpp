// The date, and memory for the next request.
#include "http/session_context.h"

#include "http/response.h"
#include "http/session.h"

#include <utility>

namespace ds::http {

namespace {

constexpr std::size_t k_spare_max = 256;
// A head that needed more room than this takes it along.
constexpr std::size_t k_kept_head_max = 4 * k_kib;

} // namespace

std::unique_ptr<transport::Session> SessionContext::make_session(transport::Link& link) {
    return std::make_unique<HttpSession>(*this, link);
}

std::uint64_t SessionContext::connection_of(ExchangeTicket ticket) {
    return ticket >> HttpSession::k_turn_bits;
}

// A ticket of another protocol is none of ours.
ExchangePtr SessionContext::waiting(transport::Connection& connection, ExchangeTicket ticket) {
    auto const* const session = dynamic_cast<HttpSession const*>(&connection.session());
    return session != nullptr ? session->waiting(ticket) : nullptr;
}

std::string const& SessionContext::date() {
    auto const now = clock_.now();
    if (date_.empty() || now < date_made_ || now - date_made_ >= std::chrono::seconds(1)) {
        date_made_ = std::chrono::floor<std::chrono::seconds>(now);
        date_ = format_http_date(now);
    }
    return date_;
}

ExchangePtr SessionContext::take_exchange() {
    ExchangePtr exchange;
    if (spare_.empty()) {
        exchange = new Exchange;
    } else {
        exchange = std::move(spare_.back());
        spare_.pop_back();
    }
    if (!exchange->request_ && !spare_requests_.empty()) {
        exchange->request_ = std::move(spare_requests_.back());
        spare_requests_.pop_back();
    }
    if (!exchange->request_) exchange->request_ = std::make_unique<Request>();
    return exchange;
}

void SessionContext::give_back(ExchangePtr exchange) {
    if (!exchange || exchange->owners_ > 1 || spare_.size() >= k_spare_max) return;
    exchange->reset();
    auto& request = exchange->request_;
    if (request && request->text.capacity() > k_kept_head_max) request = nullptr;
    if (request) request->clear();
    spare_.push_back(std::move(exchange));
}

void SessionContext::give_back(std::unique_ptr<Request> request) {
    if (!request || spare_requests_.size() >= k_spare_max) return;
    if (request->text.capacity() > k_kept_head_max) return;
    request->clear();
    spare_requests_.push_back(std::move(request));
}

} // namespace ds::http
