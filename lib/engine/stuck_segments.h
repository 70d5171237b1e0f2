// Streams of which a segment cannot go to the store whatever the store does: its rows are damaged,
// or its key holds something else. Each is told once, and once more when it got on.
#pragma once

#include "base/guarded.h"
#include "base/result.h"
#include "engine/stream.h"

#include <map>
#include <optional>
#include <string>

namespace ds {

class StuckSegments {
public:
    void tell(Stream const& stream, Error const& error, std::string const& store);
    void free(Stream const& stream);
    // Without a word: the stream has ended.
    void forget(Stream const& stream) { streams_.lock()->erase(&stream); }
    // Why, for people; empty when none is stuck.
    std::optional<std::string> why() const;

private:
    Guarded<std::map<Stream const*, std::string>> streams_;
};

} // namespace ds
