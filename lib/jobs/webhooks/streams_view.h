// What subscriptions need to know of streams: the seam between them and the engine.
#pragma once

#include "jobs/webhooks/subscription.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ds::webhooks {

class StreamsView {
public:
    virtual ~StreamsView() = default;

    // The stream of a full name as it stands. Of every change after this whoever owns the view is
    // told, until the name is forgotten or the stream has ended.
    virtual Seen look(std::string const& full_name) = 0;
    virtual void forget(std::string const& full_name) = 0;
    // The place that a token names; empty when the stream has none such, or is not there.
    virtual std::optional<StreamPosition> position_of(std::string const& full_name,
                                                      std::string_view token) = 0;
    // How many there are, about.
    virtual std::size_t count() const = 0;
    // The full name of each stream that can be read, until `visit` says that it has seen enough.
    enum class More : std::uint8_t { no, yes };
    virtual void each(std::function<More(std::string const& full_name)> const& visit) = 0;
};

} // namespace ds::webhooks
