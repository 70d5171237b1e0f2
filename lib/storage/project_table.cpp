// Projects in SQLite.
#include "storage/project_table.h"

#include "storage/private_database.h"
#include "storage/schema_version.h"

#include <utility>

namespace ds {

Result<ProjectTable> ProjectTable::open(std::string const& data) {
    return open_in_folder(data, "projects.db", open_tables);
}

Result<ProjectTable> ProjectTable::open_tables(std::string const& path) {
    auto database = TRY(open_private_database(path));
    TRY(make_tables(database, path,
                    "CREATE TABLE IF NOT EXISTS project ("
                    "name TEXT PRIMARY KEY, settings TEXT NOT NULL, "
                    "created_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
                    "CREATE TABLE IF NOT EXISTS reader_key ("
                    "stream TEXT PRIMARY KEY, changes INTEGER NOT NULL) STRICT, WITHOUT ROWID"));
    ProjectTable table(std::move(database));
    table.secret_ = TRY(kept_secret(table.database_));
    return table;
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
