// The waiters of ordinary requests.
#include "frontends/streams/waiting.h"

#include "frontends/streams/edge_cache.h"
#include "frontends/streams/refusals.h"
#include "frontends/streams/stream_waiter.h"

#include <utility>
#include <variant>

namespace ds::streams {

namespace {

// Nearly every change: what becomes of it is all that is needed for the answer.
class PlainReply final : public StreamWaiter {
public:
    void on_reply(Exchange& exchange, Answer const& reply) override {
        exchange.respond(answer_response(reply, {}));
    }
    bool is_shared() const override { return true; }
};

class ReplyThen final : public StreamWaiter {
public:
    explicit ReplyThen(Then then) : then_(std::move(then)) {}
    void on_reply(Exchange& exchange, Answer const& reply) override {
        exchange.respond(then_(reply));
    }

private:
    Then const then_;
};

class PageReply final : public StreamWaiter {
public:
    PageReply(EdgeCache& edge, std::shared_ptr<Stream> stream, ReadContext context)
        : edge_(edge),
          stream_(std::move(stream)),
          context_(std::move(context)) {}
    void on_page(Exchange& exchange, Result<Page> page) override {
        exchange.respond(page ? edge_.answer(*stream_, *page, context_).response
                              : page_fault_response(page.error(), *stream_));
    }

private:
    EdgeCache& edge_;
    std::shared_ptr<Stream> const stream_;
    ReadContext const context_;
};

// Whoever brings the answer gives it to the exchange itself.
class Visited final : public http::Waiter {
public:
    bool is_shared() const override { return true; }
};

// The place of a fork may have to be looked up before its shard is asked: then others overtake it.
bool may_be_overtaken(Ask const& ask) {
    auto const* const create = std::get_if<Create>(&ask);
    return create != nullptr && create->fork.has_value();
}

} // namespace

void StreamWaiter::on_reply(Exchange&, Answer const&) {}
void StreamWaiter::on_page(Exchange&, Result<Page>) {}

void submit(Exchange& exchange, Services& services, Ask ask, Then then) {
    static PlainReply plain;
    bool const holds_others = may_be_overtaken(ask);
    if (!services.engine.submit(ask, {&services, exchange.ticket()}))
        return exchange.respond(refusal_response(Refusal::busy));
    if (then)
        exchange.wait(http::WaiterPtr(new ReplyThen(std::move(then))));
    else
        exchange.wait(plain);
    if (!holds_others) exchange.let_next_begin();
}

void await_page(Exchange& exchange, Services& services, std::shared_ptr<Stream> stream,
                ReadContext context) {
    exchange.wait(
        http::WaiterPtr(new PageReply(services.edge, std::move(stream), std::move(context))));
    exchange.let_next_begin();
}

void await_visit(Exchange& exchange) {
    static Visited visited;
    exchange.wait(visited);
}

} // namespace ds::streams
