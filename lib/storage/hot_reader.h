// Reads the hot log of a lane while the lane goes on writing.
#pragma once

#include "base/result.h"
#include "format/block.h"
#include "model/stream_record.h"
#include "storage/estuary_table.h"
#include "storage/log_tables.h"
#include "storage/segment_table.h"
#include "storage/sqlite.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

// One thread at a time.
class HotReader {
public:
    static Result<HotReader> open(std::string const& path);

    // The reads between begin() and end() see the log as it is at the first of them, and are
    // cheaper than each for itself.
    Result<void> begin();
    void end();

    // The views live until the next read, or the end.
    struct Row {
        BlockHead head;
        std::string_view body;
        std::string_view head_bytes;
        bool intact = true; // its checksum holds
    };
    // Empty when the row is not (or no longer) there; Fault::corrupt when its checksum does not
    // hold.
    Result<std::optional<Row>> read(std::int64_t seq);
    // Empty when there is no such stream.
    Result<std::optional<StreamRecord>> stream(std::int64_t id);
    // All there is, in the order it came to be; rows also when they are damaged.
    Result<void> each_stream(std::function<Result<void>(StreamRecord const&)> const& visit);
    Result<void> each_row(std::function<Result<void>(std::int64_t seq, std::int64_t stream,
                                                     Row const&)> const& visit);
    Result<std::int64_t> last_stream_id();
    // Whether the database is in order as SQLite sees it; what is wrong with it otherwise.
    Result<std::optional<std::string>> damage();
    SegmentTable& segments() { return segments_; }
    EstuaryTable& estuaries() { return estuaries_; }

private:
    sqlite::Database database_;
    LogTables tables_;
    sqlite::Statement begin_, end_, stream_;
    LogStatement select_;
    SegmentTable segments_;
    EstuaryTable estuaries_;
    sqlite::Statement* standing_ = nullptr; // of select_, when it has been read from
    std::optional<std::int64_t> at_;        // the row it stands on
};

} // namespace ds
