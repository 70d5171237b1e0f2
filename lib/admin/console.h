// All that an operator may do with a data directory: the seam between operations and the engine.
#pragma once

#include "auth/projects.h"
#include "base/clock.h"
#include "base/result.h"
#include "service/quota/limits.h"
#include "upkeep/backup.h"
#include "upkeep/operations.h"
#include "upkeep/report.h"
#include "upkeep/verify.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ds::webhooks {
class Subscriptions;
}

namespace ds {

// May be used from several threads at once.
class Console {
public:
    virtual ~Console() = default;

    virtual Clock const& clock() const = 0;
    virtual Projects& projects() = 0;

    // As in upkeep/operations.h.
    virtual Result<upkeep::DirectoryReport> directory() = 0;
    virtual std::vector<upkeep::StreamSummary> streams(upkeep::Scope const& scope) = 0;
    virtual Result<std::optional<upkeep::StreamReport>> stream(std::string const& full_name) = 0;
    using VisitSegment = std::function<Result<void>(SegmentRecord const& segment)>;
    virtual Result<void> each_segment(upkeep::Scope const& scope, VisitSegment const& visit) = 0;
    virtual Result<upkeep::RotateTally> rotate(upkeep::Scope const& scope, upkeep::Run run,
                                               upkeep::Tick const& tick) = 0;
    virtual Result<upkeep::CollectTally> collect(std::chrono::milliseconds grace, upkeep::Run run,
                                                 upkeep::Tick const& tick) = 0;
    virtual Result<void> set_retention(std::string const& scope, Retention const& retention) = 0;
    virtual std::vector<std::pair<std::string, Retention>> retentions() = 0;
    virtual Result<std::optional<Offset>> skip_copies(std::string const& full_name) = 0;

    // Fault::invalid when there is no store.
    virtual Result<upkeep::BackupTally> back_up(unsigned keep, upkeep::Tick const& tick) = 0;
    virtual Result<upkeep::VerifyTally> verify(upkeep::Scope const& scope,
                                               upkeep::Tick const& tick) = 0;

    // Another key signs webhooks from now on. Its id.
    virtual Result<std::string> replace_webhook_key() = 0;
};

// The console of an engine, its projects and its subscriptions, which must outlive it. Without
// subscriptions at work, what is kept of them is changed.
class EngineConsole final : public Console {
public:
    EngineConsole(Engine& engine, Projects& projects,
                  webhooks::Subscriptions* subscriptions = nullptr,
                  quota::RefusedCounts const* refused = nullptr)
        : engine_(engine),
          projects_(projects),
          subscriptions_(subscriptions),
          refused_(refused),
          operations_(engine) {}

    Clock const& clock() const override;
    Projects& projects() override { return projects_; }
    Result<upkeep::DirectoryReport> directory() override;
    std::vector<upkeep::StreamSummary> streams(upkeep::Scope const& scope) override;
    Result<std::optional<upkeep::StreamReport>> stream(std::string const& full_name) override;
    Result<void> each_segment(upkeep::Scope const& scope, VisitSegment const& visit) override;
    Result<upkeep::RotateTally> rotate(upkeep::Scope const& scope, upkeep::Run run,
                                       upkeep::Tick const& tick) override;
    Result<upkeep::CollectTally> collect(std::chrono::milliseconds grace, upkeep::Run run,
                                         upkeep::Tick const& tick) override;
    Result<void> set_retention(std::string const& scope, Retention const& retention) override;
    std::vector<std::pair<std::string, Retention>> retentions() override;
    Result<std::optional<Offset>> skip_copies(std::string const& full_name) override;
    Result<upkeep::BackupTally> back_up(unsigned keep, upkeep::Tick const& tick) override;
    Result<upkeep::VerifyTally> verify(upkeep::Scope const& scope,
                                       upkeep::Tick const& tick) override;
    Result<std::string> replace_webhook_key() override;

private:
    Engine& engine_;
    Projects& projects_;
    webhooks::Subscriptions* subscriptions_;
    quota::RefusedCounts const* refused_; // null: nobody is served
    upkeep::Operations operations_;
};

} // namespace ds
