// How far an append gets along chains of estuaries, and what may be subscribed of it.
//
// An estuary may have subscribers of its own. What is appended to a source then comes to an estuary
// by every way that leads there, so that a few dozen subscriptions could make millions of copies of
// one append. Both the steps of a chain and the copies of one append have a bound.
#pragma once

#include "engine/roster.h"

#include <cstdint>

namespace ds {

// Steps from a source to the last estuary.
inline constexpr unsigned k_chain_steps_max = 8;

// Whether one append, to whatever stream, makes `copies_max` copies at most and goes so many steps
// at most when `estuary` (null: a new one) subscribes to `source`. What is there already is not
// looked at, unless the new subscription adds to it.
bool chain_fits(Roster& roster, Stream const& source, Stream const* estuary,
                std::uint64_t copies_max);

} // namespace ds
