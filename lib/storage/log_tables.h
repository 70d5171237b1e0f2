// In which of its tables a lane's database has a row of the log.
//
// The log is a ring of tables: a stretch of rows that came one after another lies in one table, the
// next stretch in the next one, and so around.
//
//     rows    0 … 1023   1024 … 2047   2048 …          65536 …
//     table   log_0      log_1         log_2     …     log_0, once more
//
// Rows that came together are needed no longer at about the same time, when the segments they went
// to are in the store. A table of which nothing is needed is emptied at once: its pages become free
// without being written. Row by row, each page would go into the write-ahead log once more.
//
// What was in a log before there was a ring, the rows before first(), stays in a table of its own.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds {

class LogTables {
public:
    static constexpr unsigned k_ring = 64;
    static constexpr unsigned k_old = k_ring; // the number of the table from before the ring
    static constexpr unsigned k_all = k_ring + 1;
    static constexpr std::int64_t k_stretch = 1024; // rows

    explicit LogTables(std::int64_t first = 1) : first_(first) {}
    static Result<LogTables> read(sqlite::Database& database);

    // The first number that a row of the ring may have.
    std::int64_t first() const { return first_; }
    unsigned table_of(std::int64_t seq) const {
        if (seq < first_) return k_old;
        return static_cast<unsigned>(seq / k_stretch % k_ring);
    }

private:
    std::int64_t first_;
};

// The body of a row, wherever it is, in SQL. NULL when it is not where the row says.
inline constexpr std::string_view k_row_body =
    "CASE WHEN payload IS NULL THEN body ELSE "
    "(SELECT p.body FROM payload p WHERE p.id = $.payload) END";

// What its checksums are about, after "seq, stream, head" and the body: where the body is, the sum
// of the row (format/row_sum.h), and that of a body that is elsewhere.
inline constexpr std::string_view k_row_sums =
    "payload, sum, CASE WHEN payload IS NOT NULL THEN "
    "(SELECT p.sum FROM payload p WHERE p.id = $.payload) END";

// The same statement for each table of the log, compiled when it is needed: `sql` with a $ where
// the table's name belongs.
class LogStatement {
public:
    LogStatement() = default;
    explicit LogStatement(std::string sql) : sql_(std::move(sql)), statements_(LogTables::k_all) {}
    Result<sqlite::Statement*> of(sqlite::Database& database, unsigned table);

private:
    std::string sql_;
    std::vector<std::optional<sqlite::Statement>> statements_;
};

// The rows of all tables in the order of their numbers. `columns` begins with seq; a $ in it is the
// table's name.
class LogScan {
public:
    static Result<LogScan> begin(sqlite::Database& database, LogTables tables,
                                 std::string_view columns);
    // The statement that stands on the next row, until the next call; null after the last row.
    // Fault::corrupt for a row that is not in the table where its number belongs.
    Result<sqlite::Statement const*> next();

private:
    struct Cursor {
        sqlite::Statement rows;
        unsigned table;
        std::int64_t seq;
    };

    explicit LogScan(LogTables tables) : tables_(tables) {}

    LogTables tables_;
    std::vector<Cursor> cursors_; // those that stand on a row
    std::optional<std::size_t> given_;
};

} // namespace ds
