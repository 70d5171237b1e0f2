// Whose streams a subscription is about: one project's, or all; and how paths in bodies name them.
//
//     /v1/stream/__ds/...             all streams: "project/stream", "stream" for _default's
//     /v1/stream/<project>/__ds/...   those of a project: what follows its name
//
// (Protocol section 6: paths are relative to the root of the streams.) A path of a scope never
// names a stream of another.
#pragma once

#include "base/result.h"
#include "model/stream_name.h"

#include <compare>
#include <string>
#include <string_view>

namespace ds::webhooks {

struct SubscriptionScope {
    std::string project; // empty: all

    bool is_all() const { return project.empty(); }
    // The check takes the comparison for one with 0. NOLINTNEXTLINE(modernize-use-nullptr)
    friend auto operator<=>(SubscriptionScope const&, SubscriptionScope const&) = default;
};

// Fault::invalid for what is no name, or is reserved.
Result<StreamName> name_in(SubscriptionScope const& scope, std::string_view path);
// The other way round; the stream must be of the scope.
std::string path_in(SubscriptionScope const& scope, std::string_view full_name);
bool holds(SubscriptionScope const& scope, std::string_view full_name);

// Whether a stream is of the scope and its path matches. Of _default's, both spellings count.
bool matches_in(SubscriptionScope const& scope, std::string_view pattern,
                std::string_view full_name);

// "/v1/stream/__ds/", "/v1/stream/shop/__ds/"
std::string control_root(SubscriptionScope const& scope);

} // namespace ds::webhooks
