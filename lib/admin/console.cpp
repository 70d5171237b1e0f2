// Hands everything on to the engine.
#include "admin/console.h"

#include "jobs/webhooks/subscriptions.h"

#include <future>
#include <memory>
#include <utility>

namespace ds {

Clock const& EngineConsole::clock() const {
    return engine_.clock();
}

Result<upkeep::DirectoryReport> EngineConsole::directory() {
    auto report = TRY(operations_.directory());
    auto const& by_engine = engine_.refused_by_limit();
    for (std::size_t at = 0; at < quota::k_limits; ++at) {
        auto const limit = static_cast<quota::Limit>(at);
        auto const count = limit == quota::Limit::project_streams    ? by_engine.streams.load()
                           : limit == quota::Limit::stream_producers ? by_engine.producers.load()
                           : refused_ != nullptr                     ? (*refused_)[limit]
                                                                     : 0;
        report.refused.emplace_back(quota::k_limit_names[at], count);
    }
    return report;
}

std::vector<upkeep::StreamSummary> EngineConsole::streams(upkeep::Scope const& scope) {
    return operations_.streams(scope);
}

Result<std::optional<upkeep::StreamReport>> EngineConsole::stream(std::string const& full_name) {
    return operations_.stream(full_name);
}

Result<void> EngineConsole::each_segment(upkeep::Scope const& scope, VisitSegment const& visit) {
    return operations_.each_segment(scope, visit);
}

Result<upkeep::RotateTally> EngineConsole::rotate(upkeep::Scope const& scope, upkeep::Run run,
                                                  upkeep::Tick const& tick) {
    return operations_.rotate(scope, run, tick);
}

Result<upkeep::CollectTally> EngineConsole::collect(std::chrono::milliseconds grace,
                                                    upkeep::Run run, upkeep::Tick const& tick) {
    return operations_.collect(grace, run, tick);
}

Result<void> EngineConsole::set_retention(std::string const& scope, Retention const& retention) {
    return operations_.set_retention(scope, retention);
}

Result<std::optional<Offset>> EngineConsole::skip_copies(std::string const& full_name) {
    return operations_.skip_copies(full_name);
}

std::vector<std::pair<std::string, Retention>> EngineConsole::retentions() {
    return operations_.retentions();
}

Result<upkeep::BackupTally> EngineConsole::back_up(unsigned keep, upkeep::Tick const& tick) {
    auto const parts = engine_.parts();
    if (parts.store == nullptr)
        return Error{Fault::invalid, "there is no store to back up to; name one with --store"};
    return upkeep::back_up(parts.directory, *parts.store, engine_.clock().now(), keep, tick);
}

Result<upkeep::VerifyTally> EngineConsole::verify(upkeep::Scope const& scope,
                                                  upkeep::Tick const& tick) {
    auto const parts = engine_.parts();
    return upkeep::verify_lanes(parts.directory.lane_paths(), parts.store, scope, tick);
}

Result<std::string> EngineConsole::replace_webhook_key() {
    if (subscriptions_ == nullptr) {
        auto table = TRY(SubscriptionTable::open(engine_.parts().directory.path()));
        return webhooks::replace_kept_key(table, clock().now());
    }
    auto const promised = std::make_shared<std::promise<Result<std::string>>>();
    auto answer = promised->get_future();
    bool const taken = subscriptions_->rotate_key(
        [promised](Result<std::string> kid) { promised->set_value(std::move(kid)); });
    if (!taken) return Error{Fault::busy, "too much is waiting"};
    return answer.get();
}

} // namespace ds
