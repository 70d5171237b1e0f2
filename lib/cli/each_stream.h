// What is done to several streams, one after the other.
#pragma once

#include "cli/commands.h"
#include "cli/explain.h"
#include "client/stream_client.h"

#include <functional>
#include <optional>
#include <string>

namespace ds {

// What to do to one of them: what stood in the way, or nothing once it is done and told.
using StreamDeed = std::function<std::optional<Explanation>(StreamClient&, StreamName const&)>;

// States STREAM.., any number, and --url and its like. The action goes on after a stream that could
// not be done, unless nobody answers, and ends with the code of the first one.
Action add_each_stream(CommandLine& line, Session& session, StreamDeed deed);

} // namespace ds
