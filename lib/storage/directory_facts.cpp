// The file ds.db.
#include "storage/directory_facts.h"

#include "storage/schema_version.h"
#include "storage/sqlite.h"

#include <utility>

namespace ds {

namespace {

Result<sqlite::Database> open_tables(std::string const& file) {
    auto database = TRY(sqlite::Database::open(file, sqlite::Open::read_write));
    TRY(schema_version(database, k_facts_version));
    TRY(database.execute("PRAGMA synchronous = FULL"));
    TRY(database.execute("CREATE TABLE IF NOT EXISTS directory ("
                         "one INTEGER PRIMARY KEY CHECK (one = 1), "
                         "identity TEXT NOT NULL, lanes INTEGER NOT NULL) STRICT;"
                         "CREATE TABLE IF NOT EXISTS home ("
                         "place INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE) STRICT;"
                         "CREATE TABLE IF NOT EXISTS fact ("
                         "name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
                         "CREATE TABLE IF NOT EXISTS lane ("
                         "number INTEGER PRIMARY KEY, mark TEXT NOT NULL, "
                         "starts INTEGER NOT NULL) STRICT"));
    return database;
}

} // namespace

Result<sqlite::Database> open_facts(std::string const& path) {
    auto const file = path + "/ds.db";
    auto database = open_tables(file);
    if (!database) return std::move(database).error().within(file);
    return database;
}

Result<std::optional<std::string>> fact_of(std::string const& path, std::string_view name) {
    auto database = TRY(open_facts(path));
    auto select = TRY(database.prepare("SELECT value FROM fact WHERE name = ?"));
    select.bind_text(1, name);
    if (!TRY(select.step())) return std::optional<std::string>();
    return std::optional(std::string(select.text(0)));
}

Result<void> set_fact_of(std::string const& path, std::string_view name, std::string_view value) {
    auto database = TRY(open_facts(path));
    auto insert = TRY(database.prepare("INSERT OR REPLACE INTO fact VALUES (?, ?)"));
    return insert.bind_text(1, name).bind_text(2, value).run();
}

} // namespace ds
