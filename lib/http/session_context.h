// What the HTTP sessions of an event loop share: who answers, what can be set, and memory that they
// use one after another. (that event loop)
#pragma once

#include "base/clock.h"
#include "http/body_budget.h"
#include "http/exchange.h"
#include "http/handler.h"
#include "http/request_parser.h"
#include "transport/address.h"
#include "transport/event_loop.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ds::http {

struct SessionOptions {
    RequestLimits request;
    std::chrono::milliseconds header_timeout{10'000}; // first byte of a request to its last
    std::chrono::milliseconds idle_timeout{60'000};   // a kept connection without a request
    transport::Networks trusted_proxies;              // whose X-Forwarded headers are believed
    bool server_timing = false;
    // The headers of answers that pages of other origins may see besides the usual ones.
    std::string_view exposed_headers{};
};

class SessionContext {
public:
    // All outlive the sessions.
    SessionContext(Handler& answers, SessionOptions const& settings, BodyBudget& budget,
                   Clock const& time)
        : handler(answers),
          options(settings),
          bodies(budget),
          clock_(time) {}

    Handler& handler;
    SessionOptions const& options;
    BodyBudget& bodies; // of all event loops

    // The factory of a row.
    std::unique_ptr<transport::Session> make_session(transport::Link& link);
    // Shows the exchange of a ticket to `visit`, if it still waits for its answer.
    template <typename Visit>
    void visit(transport::EventLoop& loop, ExchangeTicket ticket, Visit visit) {
        auto* const connection = loop.find(connection_of(ticket));
        if (connection == nullptr) return;
        auto exchange = waiting(*connection, ticket);
        if (!exchange) return;
        loop.attend(*connection, [&](transport::Connection&) { visit(*exchange); });
        give_back(std::move(exchange));
    }

    // The value of a Date header, as it is now.
    std::string const& date();
    // An exchange with a clear request.
    ExchangePtr take_exchange();
    // It is kept for the next one, unless somebody else still has it.
    void give_back(ExchangePtr exchange);
    void give_back(std::unique_ptr<Request> request);

private:
    static std::uint64_t connection_of(ExchangeTicket ticket);
    static ExchangePtr waiting(transport::Connection& connection, ExchangeTicket ticket);

    Clock const& clock_;
    std::string date_;
    Millis date_made_{};
    std::vector<ExchangePtr> spare_;
    std::vector<std::unique_ptr<Request>> spare_requests_;
};

} // namespace ds::http
