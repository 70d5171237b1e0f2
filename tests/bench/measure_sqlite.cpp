// What SQLite can commit: the log of a server without the server.
#include "bench/measure.h"
#include "support/temp_dir.h"

#include <sqlite3.h>

#include <stdexcept>
#include <string>

namespace ds {

namespace {

// A table like that of the hot log, in a database with its settings.
constexpr char const* k_set_up = "PRAGMA journal_mode = WAL;"
                                 "PRAGMA synchronous = FULL;"
                                 "PRAGMA wal_autocheckpoint = 8192;"
                                 "CREATE TABLE log (seq INTEGER PRIMARY KEY, stream INTEGER NOT "
                                 "NULL, head BLOB NOT NULL, body BLOB NOT NULL) STRICT;";
constexpr std::size_t k_head_bytes = 40;
constexpr auto k_warm_up = std::chrono::milliseconds(200);

class Log {
public:
    explicit Log(std::string const& path) {
        check(sqlite3_open(path.c_str(), &database_));
        check(sqlite3_exec(database_, k_set_up, nullptr, nullptr, nullptr));
        begin_ = prepare("BEGIN IMMEDIATE");
        insert_ = prepare("INSERT INTO log (seq, stream, head, body) VALUES (?, 1, ?, ?)");
        commit_ = prepare("COMMIT");
    }
    ~Log() {
        for (auto* const statement : {begin_, insert_, commit_})
            sqlite3_finalize(statement);
        sqlite3_close(database_);
    }
    Log(Log const&) = delete;
    Log& operator=(Log const&) = delete;

    void commit_rows(std::uint64_t count, std::string const& head, std::string const& body) {
        run(begin_);
        for (std::uint64_t i = 0; i < count; ++i) {
            check(sqlite3_bind_int64(insert_, 1, ++last_));
            bind(2, head);
            bind(3, body);
            run(insert_);
        }
        run(commit_);
    }

private:
    void check(int result) const {
        if (result != SQLITE_OK && result != SQLITE_DONE)
            throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(database_));
    }
    sqlite3_stmt* prepare(char const* text) {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v3(database_, text, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                                 nullptr));
        return statement;
    }
    void bind(int place, std::string const& bytes) {
        check(sqlite3_bind_blob64(insert_, place, bytes.data(), bytes.size(), SQLITE_STATIC));
    }
    void run(sqlite3_stmt* statement) {
        check(sqlite3_step(statement));
        check(sqlite3_reset(statement));
    }

    sqlite3* database_ = nullptr;
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
    std::int64_t last_ = 0;
};

} // namespace

int measure_sqlite(Arguments const& arguments) {
    auto const size = arguments.number("--size", 100);
    auto const batch = arguments.number("--batch", 1);
    auto const seconds = seconds_option(arguments, 3);
    TempDir const directory(arguments.text("--directory", ""));
    Log log(directory.path() + "/log.sqlite");
    std::string const head(k_head_bytes, 'h');
    std::string const body(size, 'x');

    auto const warm = LoadClock::now() + k_warm_up;
    while (LoadClock::now() < warm)
        log.commit_rows(batch, head, body);

    Histogram times;
    auto const began = LoadClock::now();
    auto const end = began + seconds;
    auto now = began;
    while (now < end) {
        log.commit_rows(batch, head, body);
        auto const done = LoadClock::now();
        times.record(done - now);
        now = done;
    }

    auto const commits =
        static_cast<double>(times.count()) / std::chrono::duration<double>(now - began).count();
    Report report("sqlite");
    report.add("size", size)
        .add("batch", batch)
        .add("sqlite", sqlite3_libversion())
        .add("seconds", std::chrono::duration<double>(now - began).count())
        .add("commits_per_second", commits)
        .add("per_second", commits * static_cast<double>(batch))
        .add("errors", std::uint64_t{0})
        .add_times(times);
    report.print();
    return 0;
}

} // namespace ds
