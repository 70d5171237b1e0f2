// What a lane's log says after a start: every stream with its head, index and writers, as if the
// server had never stopped. Nothing is repaired, because nothing half-done is ever visible.
#pragma once

#include "base/result.h"
#include "engine/catalog.h"
#include "storage/hot_log.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace ds {

struct Recovered {
    std::vector<std::shared_ptr<Stream>> mortal; // streams with a lifetime
    std::vector<std::int64_t> garbage;           // rows whose stream is gone
    std::int64_t last_seq = 0;
    std::int64_t last_stream = 0;
    std::uint64_t rows = 0;
};

// Reads the whole log (heads only) and fills the catalog. Fault::corrupt when a row does not follow
// the one before it: such a directory is not served.
Result<Recovered> recover(HotLog& log, Catalog& catalog);

} // namespace ds
