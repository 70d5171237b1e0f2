// A sealed segment of a stream out of the hot log, ready for the object store.
#pragma once

#include "engine/stream.h"
#include "format/segment.h"
#include "storage/hot_reader.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace ds {

struct BuiltSegment {
    EncodedSegment encoded;
    SegmentRecord record;
    RotatedRecord rotated; // what is known of the stream at its end; but for `earliest`
    LedgerThere after;     // of the writers, for the segment that follows
};

struct SegmentBuild {
    std::string home; // identity of the data directory
    Compression compression = Compression::none;
    std::chrono::milliseconds producer_retention{0};
};

// `before` is what is known of the writers where the segment begins; what the segment says of them
// is all that is known, or only what changed, so that segments of many producers do not repeat each
// other: all of it is said again once what has
// changed since is half of it. The same rows give the same
// bytes, whenever it is done. Takes half the time in which the segment was filled, `in_haste` none
// but its own. Empty when the stream has ended; Fault::corrupt when the log is not what the index
// says.
Result<std::optional<BuiltSegment>> build_segment(SegmentBuild const& build, Stream const& stream,
                                                  StreamRotation::SealedSegment const& sealed,
                                                  LedgerThere before, HotReader& log,
                                                  bool in_haste);

// Takes what lies in the store under the key of a segment that was built, when it holds the same
// rows and says the same of them: it was put before, and compressed otherwise, for example. False:
// it is something else.
bool take_twin(BuiltSegment& built, Bytes const& object);

} // namespace ds
