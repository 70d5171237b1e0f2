// A slice of a wave: some readers of a stream that are woken in a row, and what they share, each
// made at most once. (event loop)
#pragma once

#include "base/clock.h"
#include "engine/courier.h"
#include "engine/engine.h"
#include "engine/head.h"
#include "engine/page.h"
#include "engine/stream.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace ds::follow {

// What a frontend hangs at a slice for the readers that it wakes: frames that it has rendered. It
// goes with the slice.
class SliceCache {
public:
    virtual ~SliceCache() = default;
};

class Slice {
public:
    // `advance`: the newest that is known, perhaps not that of `head`. Both outlive the slice.
    Slice(Engine& engine, Stream const& followed, Advance const& advance);

    Stream const& stream;
    Millis const now;
    Head const head;  // as the slice began
    bool const ended; // deleted or expired

    // The page that begins at a position, with no limit but its size. Null when it is not in
    // memory: then it has to be asked for. Good until the next call.
    Page const* page_from(std::uint64_t from);

    // The frontend's own, made when it is first asked for. All readers of the same ParkedReaders
    // ask for the same type.
    template <typename Cache>
    Cache& cache() {
        if (!cache_) cache_ = std::make_unique<Cache>();
        return static_cast<Cache&>(*cache_);
    }

private:
    Engine& engine_;
    Advance const& advance_;
    std::vector<std::pair<std::uint64_t, Page>> pages_; // by where they begin
    std::unique_ptr<SliceCache> cache_;
};

} // namespace ds::follow
