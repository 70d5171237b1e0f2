// The hot log of one lane: the streams that exist and their recent appends, in one SQLite database.
//
//     stream  one row for each stream: what was decided when it was created
//     ended   which segment a stream of a name begins with, if one of that name has ended: the last
//             65,536 of them
//     log_0 … one row for each append of any stream of the lane, in the order of arrival; drawn in
//             format/block.h. Which table has which is drawn in storage/log_tables.h
//     payload bodies that several rows of the log share: those rows refer to one, and have an
//             empty body of their own
//
// The key of a row is the order of arrival, not (stream, position): a batch for a thousand streams
// then fills a few neighbouring pages instead of touching a thousand. Which rows are whose is an
// index in memory that recovery rebuilds from the heads. Tail, closure, producers and Stream-Seq
// are not kept anywhere else: they follow from the rows, so they cannot disagree with them.
//
// When a segment has been adopted (storage/segment_table.h), its rows leave the log. Who is sent
// copies of what is in storage/estuary_table.h; copies are rows like all others.
//
// Everything between begin() and commit() becomes durable together or not at all.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "format/block.h"
#include "model/stream_record.h"
#include "storage/data_directory.h"
#include "storage/estuary_table.h"
#include "storage/log_copier.h"
#include "storage/log_tables.h"
#include "storage/segment_table.h"
#include "storage/sqlite.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

// What an acknowledged commit has survived.
enum class Durability : std::uint8_t {
    full, // fsync for each batch: survives a power cut
    os,   // left to the operating system: survives a crash of ds, not one of the machine
};

// A row of the log as recovery sees it: everything but the body.
struct LogRecord {
    std::int64_t seq = 0;
    std::int64_t stream = 0;
    BlockHead head;
    std::uint32_t body_bytes = 0;
    std::optional<std::int64_t> payload{}; // where the body is, if not in the row
    bool damaged = false;                  // the checksum of its head does not hold
};

class HotLog {
public:
    // Creates or migrates the database. A newer schema than this program knows is Fault::invalid.
    static Result<HotLog> open(std::string const& path, Durability durability);

    // Gives the write-ahead log its place on the disk (50 MB, once, if there is plenty): commits
    // are a third faster when a sync need not grow the file. Before anybody else opens the
    // database.
    Result<void> reserve();

    // What is there, in the order it came to be. A stream's id is never used again; a row's number
    // may be, once the row is gone.
    Result<void> each_stream(std::function<Result<void>(StreamRecord const&)> const& visit);
    Result<void> each_row(std::function<Result<void>(LogRecord const&)> const& visit);
    Result<std::int64_t> last_stream_id();
    LogTables tables() const { return tables_; }

    // Empty until it was set.
    Result<std::optional<LaneBirth>> birth();
    Result<void> set_birth(LaneBirth const& birth);

    // One row, for the lane itself. Empty when it is not there; Fault::corrupt when it is damaged.
    struct Row {
        BlockHead head;
        std::string body;
    };
    Result<std::optional<Row>> read_row(std::int64_t seq);

    Result<void> begin();
    Result<void> commit();
    void rollback();

    Result<void> insert_row(std::int64_t seq, std::int64_t stream, std::string_view head,
                            std::string_view body);
    Result<void> insert_stream(StreamRecord const& record);
    Result<void> soft_delete_stream(std::int64_t id);
    Result<void> remove_stream(std::int64_t id);
    // A stream of this name has ended; the next one begins with such a segment, which is 0 for a
    // name that was never heard of, or long ago.
    Result<void> remember_ended(std::string_view name, std::uint64_t next_segment);
    Result<std::uint64_t> first_segment_of(std::string_view name);
    Result<void> touch_stream(std::int64_t id, std::int64_t touched_ms);
    // Both included, and in the same table.
    Result<void> remove_rows(std::int64_t first, std::int64_t last);
    Result<void> empty_table(unsigned table);

    // A body that several rows share is in the log once. Its id is the business of whoever makes
    // it.
    Result<void> insert_payload(std::int64_t id, std::string_view body);
    Result<void> insert_reference(std::int64_t seq, std::int64_t stream, std::string_view head,
                                  std::int64_t payload);
    Result<void> remove_payload(std::int64_t id);
    // Empty for a row that has its own body, or is not there.
    Result<std::optional<std::int64_t>> payload_of(std::int64_t seq);
    // For each row of a table that refers to a body.
    Result<void> each_reference(unsigned table, std::function<void(std::int64_t id)> const& visit);
    Result<void> each_payload(std::function<Result<void>(std::int64_t id)> const& visit);

    // The tables of what lies in segments; changes belong to the transaction that begin() began.
    SegmentTable& segments() { return segments_; }
    // The tables of estuaries, likewise.
    EstuaryTable& estuaries() { return estuaries_; }

    // Bytes of the database that nothing uses. Some of it is given back to the disk, `most` at a
    // time, outside of a transaction.
    Result<std::int64_t> unused_bytes();
    Result<void> shrink(std::int64_t most);

    // Keeps the write-ahead log short. After each commit; seldom does anything itself, and never
    // waits for whoever reads in it.
    Result<void> tend();
    // How long the log is that a reader keeps from beginning anew; 0 while nobody does. Then tend()
    // is to be called about once a second, whether anything was committed or not.
    std::int64_t held_bytes() const;
    // A commit that changes nothing anybody reads: does the disk take writes?
    Result<void> probe();
    Result<void> checkpoint();

private:
    std::string path_;
    sqlite::Database database_;
    std::unique_ptr<LogCopier> copier_;
    // How far the copying is, since the log began anew or a reader was found to keep it.
    struct Copying {
        int passes = 0;            // of the copier
        std::int64_t before = 0;   // pages that were copied when the last one began
        std::int64_t again_at = 0; // pages
        std::int64_t distance = 0; // to the next try, in pages
        bool held = false;         // the log is too long, and a reader is why
        std::chrono::steady_clock::time_point again_after{};
    };
    Result<void> finish_copying(std::int64_t pages);
    Result<void> note_held(std::int64_t pages);
    Copying copying_;
    sqlite::Statement begin_, commit_, rollback_;
    LogTables tables_;
    LogStatement insert_row_, select_row_, remove_rows_, empty_table_;
    LogStatement insert_reference_, payload_of_, references_;
    sqlite::Statement insert_payload_, remove_payload_;
    sqlite::Statement insert_stream_, soft_delete_, remove_stream_, touch_;
    sqlite::Statement insert_ended_, remove_ended_, ended_;
    bool any_ended_ = false;
    SegmentTable segments_;
    EstuaryTable estuaries_;
};

} // namespace ds
