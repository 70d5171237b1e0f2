// Changes that the engine's own parts ask of a lane: judged, committed and adopted along with
// everything else, one at a time for each stream.
#pragma once

#include "engine/stream.h"
#include "storage/segment_table.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ds {

// A segment is in the store: from now on it is read there. Refused when the stream has ended, or
// when another segment has to come first.
struct AdoptSegment {
    std::shared_ptr<Stream> stream;
    SegmentRecord segment;
    RotatedRecord rotated;
    bool keep_rows = false;
};
// Ends the open segment, if it is still `number` and has messages.
struct SealSegment {
    std::shared_ptr<Stream> stream;
    std::uint64_t number = 0;
};
// The stream begins with segment `first` from now on; all of what is before lies in the store.
// Refused while forks need what is before.
struct Trim {
    std::shared_ptr<Stream> stream;
    std::uint64_t first = 0;
    std::uint64_t start = 0; // its position
};
// The objects of these segments have been removed.
struct ForgetSegments {
    std::int64_t stream = 0;
    std::vector<std::uint64_t> numbers;
    bool stream_is_gone = false;
};
struct SetRetention {
    std::string scope;
    Retention retention;
};
// Ends what a source owes: its subscribers do not get these copies, and are told. Refused when it
// owes nothing.
struct SkipCopies {
    std::shared_ptr<Stream> stream;
};
// Looks at what only the lane may look at.
struct Look {
    std::function<void()> look;
};

struct Chore {
    enum class Outcome : std::uint8_t { done, refused, failed };

    using Work = std::variant<AdoptSegment, SealSegment, Trim, ForgetSegments, SetRetention,
                              SkipCopies, Look>;

    Work work;
    // On the lane's thread, after the commit.
    std::function<void(Outcome)> settled;
};

// Hands work to a lane (false: not now) and waits until it is settled. Empty when the lane did not
// take it. On no thread of a lane.
std::optional<Chore::Outcome> settle(std::function<bool(Chore&)> const& submit, Chore::Work work);

} // namespace ds
