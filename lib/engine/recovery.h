// What a lane's log says after a start: every stream with its head, index and writers, as if the
// server had never stopped. Nothing is repaired, because nothing half-done is ever visible.
#pragma once

#include "base/result.h"
#include "engine/catalog.h"
#include "engine/garbage.h"
#include "engine/payloads.h"
#include "engine/roster.h"
#include "storage/hot_log.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ds {

struct Recovered {
    struct Open {
        std::shared_ptr<Stream> stream;
        std::uint64_t segment = 0;
        std::int64_t opened_ms = 0; // when its first message came
    };
    // Segments whose objects are of no more use.
    struct Doomed {
        std::int64_t stream = 0;
        std::vector<std::uint64_t> numbers;
        bool stream_is_gone = false;
    };
    std::vector<std::shared_ptr<Stream>> mortal; // streams with a lifetime
    std::vector<std::shared_ptr<Stream>> sealed; // streams with segments that should be rotated
    std::vector<std::shared_ptr<Stream>> marked; // soft-deleted, with segments in the store
    std::vector<Open> open;                      // segments that hold messages
    std::vector<Doomed> doomed;
    std::vector<std::pair<std::string, Retention>> retentions;
    Roster roster;
    Payloads payloads;
    Garbage garbage;
    std::int64_t last_seq = 0;
    std::int64_t last_stream = 0;
    std::uint64_t rows = 0;
};

struct RecoverySettings {
    bool keep_rows = false; // also those whose segment is in the store
    bool note_open = false; // Recovered::open is wanted
};

// Reads the whole log (heads only) and fills the catalog. Fault::corrupt when a row does not follow
// the one before it: such a directory is not served.
Result<Recovered> recover(HotLog& log, Catalog& catalog, RecoverySettings const& settings);

} // namespace ds
