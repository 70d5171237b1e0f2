// The only file that sees sqlite3.h.
#include "storage/sqlite.h"

#include "base/bytes.h"

#include <sqlite3.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace ds::sqlite {

namespace {

constexpr int k_patience_ms = 5000;

Error fault_of(sqlite3* database, int code) {
    auto const extended = database != nullptr ? sqlite3_extended_errcode(database) : code;
    std::string what = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    what += " (sqlite " + std::to_string(extended) + ")";
    switch (code & 0xff) {
    case SQLITE_FULL: return {Fault::full, std::move(what)};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return {Fault::corrupt, std::move(what)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {Fault::busy, std::move(what)};
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH: return {Fault::invalid, std::move(what)};
    default: return {Fault::io, std::move(what)};
    }
}

} // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

void Database::Close::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

Statement& Statement::bind(int place, std::int64_t value) {
    note(sqlite3_bind_int64(statement_.get(), place, value));
    return *this;
}

Statement& Statement::bind_null(int place) {
    note(sqlite3_bind_null(statement_.get(), place));
    return *this;
}

Statement& Statement::bind_text(int place, std::string_view text) {
    note(sqlite3_bind_text64(statement_.get(), place, text.data(), text.size(), SQLITE_STATIC,
                             SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind_blob(int place, std::string_view bytes) {
    // A null pointer would bind NULL; an empty blob is not NULL.
    auto const* data = bytes.empty() ? "" : bytes.data();
    note(sqlite3_bind_blob64(statement_.get(), place, data, bytes.size(), SQLITE_STATIC));
    return *this;
}

Result<bool> Statement::step() {
    if (auto const refused = std::exchange(bound_, SQLITE_OK); refused != SQLITE_OK) {
        sqlite3_reset(statement_.get());
        return fault_of(nullptr, refused);
    }
    auto const code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(statement_.get());
        return false;
    }
    auto error = fault_of(database_, code);
    sqlite3_reset(statement_.get());
    return error;
}

Result<void> Statement::run() {
    TRY(step());
    reset();
    return {};
}

void Statement::reset() {
    bound_ = SQLITE_OK;
    sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string_view Statement::text(int column) const {
    return blob(column);
}

std::string_view Statement::blob(int column) const {
    auto const* data = sqlite3_column_blob(statement_.get(), column);
    auto const size = sqlite3_column_bytes(statement_.get(), column);
    return {static_cast<char const*>(data), static_cast<std::size_t>(size)};
}

Result<Database> Database::open(std::string const& path, Open mode) {
    int const flags = mode == Open::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                               : SQLITE_OPEN_READONLY;
    if (mode == Open::read_write) {
        // SQLite would make it readable for others. Never one that is there: closing it would end
        // the locks that this process has on it.
        auto const made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (made >= 0) ::close(made);
    }
    sqlite3* raw = nullptr;
    // No mutex: each connection belongs to one thread at a time.
    auto const code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database;
    database.database_.reset(raw);
    if (code != SQLITE_OK) return fault_of(raw, code).within("open " + path);
    // A lock is only ever held for a moment (a checkpoint, a recovery by another connection).
    sqlite3_busy_timeout(raw, k_patience_ms);
    return database;
}

Result<void> Database::execute(char const* sql) {
    auto const code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return fault_of(database_.get(), code);
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    auto const code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                         SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (code != SQLITE_OK) return fault_of(database_.get(), code);
    Statement statement;
    statement.statement_.reset(raw);
    statement.database_ = database_.get();
    return statement;
}

Result<std::int64_t> Database::query_integer(std::string_view sql) {
    auto statement = TRY(prepare(sql));
    auto const row = TRY(statement.step());
    return row ? statement.integer(0) : std::int64_t{0};
}

Result<void> Database::reserve_log(std::int64_t bytes) {
    auto* const database = database_.get();
    int keep = 1;
    sqlite3_file* log = nullptr;
    sqlite3_int64 size = 0;
    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_PERSIST_WAL, &keep) != SQLITE_OK ||
        sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER,
                             static_cast<void*>(&log)) != SQLITE_OK ||
        log == nullptr || log->pMethods == nullptr)
        return {}; // a file system layer that cannot: slower, no less safe
    auto code = log->pMethods->xFileSize(log, &size);
    // Zeros are no frames: whoever reads the log stops where its own frames end.
    std::string const zeros(64 * k_kib, '\0'); // SQLite writes less than 128 KiB at a time
    for (; code == SQLITE_OK && size < bytes; size += static_cast<sqlite3_int64>(zeros.size()))
        code = log->pMethods->xWrite(log, zeros.data(), static_cast<int>(zeros.size()), size);
    if (code == SQLITE_OK) code = log->pMethods->xSync(log, SQLITE_SYNC_FULL);
    if (code != SQLITE_OK) return fault_of(nullptr, code).within("reserve space for the log");
    return {};
}

Result<bool> Database::restart_log() {
    // Readers of ours are gone within that; who stays longer must not hold up a writer.
    constexpr int k_moment_ms = 10;
    sqlite3_busy_timeout(database_.get(), k_moment_ms);
    auto const code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_RESTART,
                                                nullptr, nullptr);
    sqlite3_busy_timeout(database_.get(), k_patience_ms);
    if ((code & 0xff) == SQLITE_BUSY) return false;
    if (code != SQLITE_OK) return fault_of(database_.get(), code);
    return true;
}

Result<void> Database::limit_log(std::int64_t bytes) {
    auto const sql = "PRAGMA journal_size_limit = " + std::to_string(bytes);
    return execute(sql.c_str());
}

Result<std::int64_t> Database::checkpoint() {
    int pages = 0;
    int copied = 0;
    auto const code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                                &pages, &copied);
    if ((code & 0xff) == SQLITE_BUSY) return std::int64_t{0};
    if (code != SQLITE_OK) return fault_of(database_.get(), code);
    return std::int64_t{std::max(copied, 0)};
}

Result<void> Database::copy_to(std::string const& path) {
    auto copy = TRY(Database::open(path, Open::read_write));
    TRY(copy.execute("PRAGMA synchronous = OFF"));
    auto* const backup = sqlite3_backup_init(copy.database_.get(), "main", database_.get(), "main");
    if (backup == nullptr)
        return fault_of(copy.database_.get(), sqlite3_errcode(copy.database_.get()));
    auto const stepped = sqlite3_backup_step(backup, -1);
    auto const finished = sqlite3_backup_finish(backup);
    auto const code = stepped != SQLITE_DONE ? stepped : finished;
    if (code != SQLITE_OK && code != SQLITE_DONE)
        return fault_of(copy.database_.get(), code).within("copy to " + path);
    // Its first page is a copy too, and says that there is a write-ahead log.
    return copy.execute("PRAGMA journal_mode = DELETE");
}

void Database::count_wal_pages() {
    auto const note = [](void* count, sqlite3*, char const*, int pages) {
        *static_cast<std::int64_t*>(count) = pages;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(database_.get(), note, wal_pages_.get());
}

} // namespace ds::sqlite
