// What the handlers of an event loop need: one for each event loop. (that thread, but where said)
//
// It is also the mailbox to which the engine delivers what they have asked for.
#pragma once

#include "base/clock.h"
#include "engine/courier.h"
#include "engine/engine.h"
#include "frontends/streams/access_log.h"
#include "frontends/streams/edge_cache.h"
#include "frontends/streams/live_reads.h"
#include "frontends/streams/options.h"
#include "frontends/streams/pages.h"
#include "frontends/streams/settings_worker.h"
#include "http/exchange.h"
#include "http/response.h"
#include "http/session_context.h"
#include "service/access/access.h"
#include "service/quota/quota.h"
#include "transport/event_loop.h"

#include <functional>
#include <memory>

namespace ds::streams {

// What all event loops share.
struct SharedServices {
    Engine& engine;
    Clock const& clock;
    FrontendOptions const& options;
    quota::Quota& quota;
    EdgeCache& edge;
    SettingsWorker& settings;
};

class Services final : public Courier {
public:
    Services(transport::EventLoop& of, SharedServices const& shared);
    // The sessions of the event loop: before anything is asked for.
    void serve(http::SessionContext& sessions) { sessions_ = &sessions; }

    transport::EventLoop& loop;
    Engine& engine;
    Clock const& clock;
    FrontendOptions const& options;
    quota::Quota& quota;
    EdgeCache& edge;
    SettingsWorker& settings;
    access::Access access;
    Pages pages;
    LiveReads live;
    AccessLog access_log;
    CacheControls const cache_controls;

    // Any thread.
    void deliver(Parcel parcel) override;
    // Any thread: the answer to the request of this ticket, if it still waits.
    void respond_later(Ticket ticket, http::Response response);
    // Any thread: shows the exchange of the ticket to `visit` on the event loop, if it still waits.
    void visit_later(Ticket ticket, std::function<void(http::Exchange&)> visit);

private:
    void unpack(Parcel& parcel);

    http::SessionContext* sessions_ = nullptr;
};

// What the limits know of a connection.
struct StreamClient final : transport::Admitted {
    explicit StreamClient(quota::Client known) : client(std::move(known)) {}
    quota::Client client;
};
// Null: there are no limits.
quota::Client* client_of(http::Exchange& exchange);

} // namespace ds::streams
