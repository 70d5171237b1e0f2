// What an exchange hands to its session, and what it forgets.
#include "http/exchange.h"

#include "http/session.h"

#include <utility>

namespace ds::http {

namespace {

// What a cache may keep it may also give to a page of another origin, whoever asked first. Answers
// to writes are for the asker alone: without an Origin they leave out 490 bytes that nobody reads.
bool is_cacheable(Method method) {
    return method != Method::post && method != Method::put && method != Method::remove;
}

} // namespace

void Waiter::on_room(Exchange&) {}
void Waiter::on_deadline(Exchange&) {}
void Waiter::on_drain(Exchange&) {}

Exchange::Exchange() : request_(std::make_unique<Request>()) {}
Exchange::~Exchange() = default;

void intrusive_ptr_release(Exchange* exchange) {
    if (--exchange->owners_ == 0) delete exchange;
}

void Exchange::begin(HttpSession& session, std::uint32_t turn, transport::SteadyTime now) {
    session_ = &session;
    turn_ = turn;
    started_ = now;
}

// What the request says of its answer.
void Exchange::read_request() {
    http_1_0_ = request_->http_1_0;
    keep_alive_ = request_->keep_alive;
    head_ = request_->method == Method::head;
    cross_origin_ = is_cacheable(request_->method) || request_->find("Origin");
}

// As it was made, but for a request that is gone.
void Exchange::reset() {
    session_ = nullptr;
    next_ = nullptr;
    waiter_ = nullptr;
    ready_ = nullptr;
    origin_ = nullptr;
    sent_ = 0;
    http_1_0_ = head_ = waits_long_ = has_body_begun_ = false;
    keep_alive_ = cross_origin_ = true;
}

ExchangeTicket Exchange::ticket() const {
    return HttpSession::ticket_of(session_->link_.number(), turn_);
}

Client Exchange::client() const {
    auto const& link = session_->link_;
    Client const seen{link.peer(), link.is_secure() ? "https" : "http",
                      request_->find("Host").value_or("localhost")};
    return client_behind(seen, session_->context_.options.trusted_proxies, *request_);
}

transport::Address Exchange::peer() const {
    return session_->link_.peer();
}

transport::Admitted* Exchange::admitted() const {
    return session_->link_.admitted();
}

void Exchange::respond(Response response) {
    if (session_ != nullptr) session_->answer(*this, std::move(response));
}

void Exchange::begin_body(Response const& head) {
    if (session_ != nullptr) session_->begin_body(*this, head);
}

void Exchange::send_piece(Bytes const& piece, std::string before) {
    if (session_ == nullptr) return;
    sent_ += before.size() + piece.size();
    session_->link_.send(std::move(before), piece);
}

void Exchange::end_body() {
    if (session_ != nullptr) session_->end_body(*this);
}

bool Exchange::has_unsent() const {
    return session_ != nullptr && session_->link_.has_unsent();
}

void Exchange::cut() {
    if (session_ != nullptr) session_->link_.close();
}

void Exchange::let_next_begin() {
    if (session_ != nullptr) session_->let_next_begin(*this);
}

void Exchange::forget_request() {
    if (session_ != nullptr) session_->forget_request(*this);
}

void Exchange::set_deadline(transport::SteadyTime at) {
    if (session_ != nullptr) session_->link_.set_deadline(at);
}

bool Exchange::is_draining() const {
    return session_ != nullptr && session_->draining_;
}

} // namespace ds::http
