// A database, a statement, a transaction. The only door to SQLite.
//
// A Database and its Statements belong to one thread at a time. SQL text is always a literal of
// ours; values are bound, never pasted. Failures are mapped once: no space is Fault::full, a
// damaged file Fault::corrupt, a lock held elsewhere Fault::busy, everything else Fault::io.
// A row that is too large or breaks a constraint is Fault::invalid: nothing is wrong with the rest.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace ds {

// A fault of a row that cannot be as it is: writing it again changes nothing, and others can be
// written.
inline bool is_of_a_row(Fault fault) {
    return fault == Fault::invalid;
}

} // namespace ds

namespace ds::sqlite {

enum class Open : std::uint8_t { read_write, read_only };

class Statement {
public:
    Statement() = default;

    // Parameters count from 1. Text and blobs must stay alive until the next reset. What cannot be
    // bound (a blob of a gigabyte) is the fault of the next step.
    Statement& bind(int place, std::int64_t value);
    Statement& bind_null(int place);
    Statement& bind_text(int place, std::string_view text);
    Statement& bind_blob(int place, std::string_view bytes);

    // True when a row is there to be read; false when the statement is done (and reset).
    Result<bool> step();
    // For statements without rows: runs once and makes ready for the next use.
    Result<void> run();
    // Makes ready for the next use.
    void reset();

    // Columns count from 0; views live until the next step.
    std::int64_t integer(int column) const;
    // What was stored() there.
    std::uint64_t number(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    bool is_null(int column) const;
    std::string_view text(int column) const;
    std::string_view blob(int column) const;

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    void note(int code) {
        if (bound_ == 0) bound_ = code;
    }

    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bound_ = 0; // the first bind that failed
    sqlite3* database_ = nullptr;
};

// A number as an integer column has it: the same bits.
inline std::int64_t stored(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

class Database {
public:
    static Result<Database> open(std::string const& path, Open mode);

    // Runs one or several statements without parameters and rows.
    Result<void> execute(char const* sql);
    // Compiles one statement for repeated use.
    Result<Statement> prepare(std::string_view sql);
    // The single integer that a query gives; 0 when it gives no row.
    Result<std::int64_t> query_integer(std::string_view sql);

    // Gives the write-ahead log blocks of its own on the disk, and keeps them when the database is
    // closed: a commit then writes in place, and its sync need not change the size of a file as
    // well. After the first write to a new database, before anybody else opens it.
    Result<void> reserve_log(std::int64_t bytes);
    // Copies the write-ahead log into the database file as far as readers allow; the pages of it
    // that have been copied, also earlier. 0 when somebody else is copying.
    Result<std::int64_t> checkpoint();
    // The same, so that the log begins anew with the next commit. False when somebody still reads
    // in it after a moment: it goes on then.
    Result<bool> restart_log();
    // What is left of the log's file when it begins anew.
    Result<void> limit_log(std::int64_t bytes);
    // The database as it is at one moment, as a file of its own that needs no write-ahead log.
    // Others go on writing meanwhile. There must be nothing at `path`; not synced.
    Result<void> copy_to(std::string const& path);
    // From now on no commit copies the log by itself, and wal_pages() says how long it is.
    void count_wal_pages();
    std::int64_t wal_pages() const { return *wal_pages_; }

private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<std::int64_t> wal_pages_ = std::make_unique<std::int64_t>(0);
    std::unique_ptr<sqlite3, Close> database_;
};

} // namespace ds::sqlite
