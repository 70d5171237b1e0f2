// The streams of a load test: made before it, removed after it.
#pragma once

#include "loadtest/load_plan.h"
#include "net/fetch.h"

namespace ds {

// Makes them on the writers' server. Sets the plan's reader keys, where the server gives such. What
// is not removed later ends by itself, by its TTL.
Result<void> create_streams(LoadPlan& plan, Fetch& fetch);
// Tells how many could not be removed: a token may be good for less.
std::uint64_t remove_streams(LoadPlan const& plan, Fetch& fetch);

} // namespace ds
