// The streams of an engine as subscriptions see them: watched for the mailbox of a number.
#pragma once

#include "engine/engine.h"
#include "jobs/webhooks/streams_view.h"

namespace ds::webhooks {

class EngineStreams final : public StreamsView {
public:
    EngineStreams(Engine& engine, unsigned mailbox) : engine_(engine), mailbox_(mailbox) {}

    Seen look(std::string const& full_name) override;
    void forget(std::string const& full_name) override;
    std::optional<StreamPosition> position_of(std::string const& full_name,
                                              std::string_view token) override;
    std::size_t count() const override;
    void each(std::function<More(std::string const& full_name)> const& visit) override;

private:
    std::shared_ptr<Stream> find(std::string const& full_name) const;

    Engine& engine_;
    unsigned mailbox_;
};

} // namespace ds::webhooks
