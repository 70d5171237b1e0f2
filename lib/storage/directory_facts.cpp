// The file ds.db.
#include "storage/directory_facts.h"

#include "storage/sqlite.h"

namespace ds {

Result<sqlite::Database> open_facts(std::string const& path) {
    auto database = TRY(sqlite::Database::open(path + "/ds.db", sqlite::Open::read_write));
    TRY(database.execute("PRAGMA synchronous = FULL"));
    TRY(database.execute("CREATE TABLE IF NOT EXISTS directory ("
                         "one INTEGER PRIMARY KEY CHECK (one = 1), "
                         "identity TEXT NOT NULL, lanes INTEGER NOT NULL) STRICT;"
                         "CREATE TABLE IF NOT EXISTS home ("
                         "place INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE) STRICT;"
                         "CREATE TABLE IF NOT EXISTS fact ("
                         "name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID"));
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
