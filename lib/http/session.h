// HTTP/1.1 on a connection: bytes to requests, requests to a handler, answers in order. (event
// loop)
//
// Requests that were sent ahead of answers are worked on together where that makes no difference to
// their client (Overlap), a bounded number at a time; the next one is not even read before. Answers
// that are ready together leave together. While a request waits for long (a live reader) the
// session holds no parser and no buffer.
#pragma once

#include "http/exchange.h"
#include "http/handler.h"
#include "http/request_parser.h"
#include "http/session_context.h"
#include "transport/session.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace ds::http {

class HttpSession final : public transport::Session {
public:
    HttpSession(SessionContext& context, transport::Link& link) : context_(context), link_(link) {}
    ~HttpSession() override;
    HttpSession(HttpSession const&) = delete;
    HttpSession& operator=(HttpSession const&) = delete;

    void on_start() override;
    bool takes_bytes() const override;
    std::size_t on_bytes(std::string_view bytes) override;
    void on_end() override;
    void on_room() override;
    void on_deadline() override;
    void on_plain() override;
    void drain() override;
    void on_close() override;

    // The exchange of a ticket, if it still waits for its answer; else null.
    ExchangePtr waiting(ExchangeTicket ticket) const;

    static constexpr unsigned k_turn_bits = 24;
    static constexpr std::uint64_t k_turn_mask = (std::uint64_t{1} << k_turn_bits) - 1;
    static ExchangeTicket ticket_of(std::uint64_t connection, std::uint32_t turn) {
        return connection << k_turn_bits | (turn & k_turn_mask);
    }

private:
    friend class Exchange;

    // A request on its way in. While nothing has come of it, it is kept for the next one.
    struct Arrival {
        Arrival(RequestLimits const& limits, BodyBudget& all) : parser(limits), bodies(all) {}
        ~Arrival() { give_back_budget(); }
        Arrival(Arrival const&) = delete;
        Arrival& operator=(Arrival const&) = delete;
        bool has_begun() const { return parser.begun() || waits_for_turn; }
        void give_back_budget() { bodies.give_back(std::exchange(budget_taken, 0)); }

        RequestParser parser;
        BodyBudget& bodies;
        ExchangePtr exchange;          // that it will be
        transport::SteadyTime since{}; // its head was whole, and its body was to come
        std::size_t budget_taken = 0;
        bool receives_body = false;
        bool waits_for_turn = false; // it is whole
    };

    // The exchanges' side.
    void answer(Exchange& exchange, Response response);
    void begin_body(Exchange& exchange, Response const& head);
    void end_body(Exchange& exchange);
    void let_next_begin(Exchange const& exchange);
    void forget_request(Exchange& exchange);

    // In session_arrival.cpp.
    bool read_on(std::string_view& bytes);
    bool receive_body();
    void say_continue();
    void refuse(Response response);
    bool has_begun() const { return arrival_ && arrival_->has_begun(); }

    bool may_begin(Request const& request);
    void begin_next();
    void append(ExchangePtr const& exchange);
    void write_first(Response const& response);
    void drop_first();
    void go_on();
    void end();

    SessionContext& context_;
    transport::Link& link_;
    std::unique_ptr<Arrival> arrival_;
    ExchangePtr first_; // to be answered next; others are behind it
    Exchange* last_ = nullptr;
    std::uint32_t turns_ = 0;
    std::uint16_t in_flight_ = 0;
    Overlap overlap_; // of those in flight, once that was asked
    bool overlap_known_ = false;
    bool is_held_ = false;       // by the last one: nothing may begin behind it
    bool takes_no_more_ = false; // requests
    bool working_ = false;       // further up, which goes on with what there is to do
    bool more_follows_ = false;  // bytes that have come already
    bool peer_ended_ = false;
    bool draining_ = false;
    bool more_may_come_ = false; // of what is not understood
    bool closed_ = false;
};

} // namespace ds::http
