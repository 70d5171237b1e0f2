// Projects in SQLite.
#include "storage/project_table.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "storage/disk.h"

#include <fcntl.h>

#include <utility>

namespace ds {

namespace {

constexpr std::size_t k_secret_bytes = 32;

} // namespace

Result<ProjectTable> ProjectTable::open(std::string const& data) {
    auto const path = data + "/projects.db";
    {
        // SQLite would make it readable for others.
        FileHandle const file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!file) return system_fault("open " + path);
    }
    auto database = TRY(sqlite::Database::open(path, sqlite::Open::read_write));
    TRY(database.execute("PRAGMA synchronous = FULL"));
    TRY(database.execute("CREATE TABLE IF NOT EXISTS project ("
                         "name TEXT PRIMARY KEY, settings TEXT NOT NULL, "
                         "created_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
                         "CREATE TABLE IF NOT EXISTS reader_key ("
                         "stream TEXT PRIMARY KEY, changes INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
                         "CREATE TABLE IF NOT EXISTS secret ("
                         "one INTEGER PRIMARY KEY CHECK (one = 1), hex TEXT NOT NULL) STRICT"));
    ProjectTable table(std::move(database));
    TRY(table.read_secret());
    TRY(sync_folder(data));
    return table;
}

Result<void> ProjectTable::read_secret() {
    auto insert = TRY(database_.prepare("INSERT OR IGNORE INTO secret VALUES (1, ?)"));
    auto const fresh = hex_encode(random_bytes(k_secret_bytes));
    TRY(insert.bind_text(1, fresh).run());
    auto select = TRY(database_.prepare("SELECT hex FROM secret"));
    if (!TRY(select.step())) return Error{Fault::corrupt, "projects.db has lost its secret"};
    secret_ = select.text(0);
    return {};
}

Result<void> ProjectTable::each(std::function<Result<void>(ProjectRow)> const& visit) {
    auto rows =
        TRY(database_.prepare("SELECT name, settings, created_ms FROM project ORDER BY name"));
    while (TRY(rows.step()))
        TRY(visit({std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2)}));
    return {};
}

Result<void> ProjectTable::each_reader_key(
    std::function<void(std::string_view stream, std::uint64_t changes)> const& visit) {
    auto rows = TRY(database_.prepare("SELECT stream, changes FROM reader_key"));
    while (TRY(rows.step()))
        visit(rows.text(0), static_cast<std::uint64_t>(rows.integer(1)));
    return {};
}

Result<void> ProjectTable::put(ProjectRow const& row) {
    auto insert = TRY(database_.prepare("INSERT OR REPLACE INTO project VALUES (?, ?, ?)"));
    return insert.bind_text(1, row.name).bind_text(2, row.settings).bind(3, row.created_ms).run();
}

Result<void> ProjectTable::remove(std::string_view name) {
    auto const prefix = std::string(name) + "/";
    TRY(database_.execute("BEGIN IMMEDIATE"));
    auto removed = [&]() -> Result<void> {
        auto project = TRY(database_.prepare("DELETE FROM project WHERE name = ?"));
        TRY(project.bind_text(1, name).run());
        auto keys = TRY(database_.prepare("DELETE FROM reader_key WHERE substr(stream, 1, ?) = ?"));
        TRY(keys.bind(1, static_cast<std::int64_t>(prefix.size())).bind_text(2, prefix).run());
        return database_.execute("COMMIT");
    }();
    if (!removed) static_cast<void>(database_.execute("ROLLBACK"));
    return removed;
}

Result<void> ProjectTable::set_reader_key(std::string_view stream, std::uint64_t changes) {
    auto insert = TRY(database_.prepare("INSERT OR REPLACE INTO reader_key VALUES (?, ?)"));
    return insert.bind_text(1, stream).bind(2, static_cast<std::int64_t>(changes)).run();
}

} // namespace ds
