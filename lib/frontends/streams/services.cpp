// What the engine delivers, handed to the exchanges that wait for it.
#include "frontends/streams/services.h"

#include "frontends/streams/stream_waiter.h"

#include <utility>

namespace ds::streams {

Services::Services(transport::EventLoop& of, SharedServices const& shared)
    : Courier(of.number()),
      loop(of),
      engine(shared.engine),
      clock(shared.clock),
      options(shared.options),
      quota(shared.quota),
      edge(shared.edge),
      settings(shared.settings),
      access(options.auth, clock),
      pages(options.auth, access),
      live(engine, options, edge, *this, loop),
      access_log(options.access_log),
      cache_controls(options.cache_ages) {
    engine.enrol(*this);
}

void Services::deliver(Parcel parcel) {
    loop.post([this, carried = std::move(parcel)]() mutable { unpack(carried); });
}

void Services::unpack(Parcel& parcel) {
    // Readers first: a writer that has its answer may expect that others have been told.
    for (auto const& advance : parcel.advances)
        live.parked.on_advance(advance);
    for (auto const& told : parcel.answers)
        sessions_->visit(loop, told.ticket, [&](http::Exchange& exchange) {
            if (auto* const waiter = exchange.waiter<StreamWaiter>())
                waiter->on_reply(exchange, told.answer);
        });
    for (auto& told : parcel.pages)
        sessions_->visit(loop, told.ticket, [&](http::Exchange& exchange) {
            if (auto* const waiter = exchange.waiter<StreamWaiter>())
                waiter->on_page(exchange, std::move(told.page));
        });
}

void Services::respond_later(Ticket ticket, http::Response response) {
    loop.post([this, ticket, carried = std::move(response)]() mutable {
        sessions_->visit(loop, ticket,
                         [&](http::Exchange& exchange) { exchange.respond(std::move(carried)); });
    });
}

void Services::visit_later(Ticket ticket, std::function<void(http::Exchange&)> visit) {
    loop.post(
        [this, ticket, carried = std::move(visit)] { sessions_->visit(loop, ticket, carried); });
}

quota::Client* client_of(http::Exchange& exchange) {
    auto* const admitted = exchange.admitted();
    if (admitted == nullptr) return nullptr;
    auto* const ours = dynamic_cast<StreamClient*>(admitted);
    return ours != nullptr ? &ours->client : nullptr;
}

} // namespace ds::streams
