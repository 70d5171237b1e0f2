// The version in a database's header.
#include "storage/schema_version.h"

#include "base/log.h"

namespace ds {

Result<std::int64_t> schema_version(sqlite::Database& database, std::int64_t newest) {
    auto const version = TRY(database.query_integer("PRAGMA user_version"));
    if (version <= newest) return version;
    return Error{Fault::invalid,
                 "it was written by a newer ds (schema " + std::to_string(version) +
                     ", this one knows " + std::to_string(newest) +
                     "); start that ds again, or restore a backup that this one made into a new "
                     "directory with: ds restore"};
}

Result<void> set_schema_version(sqlite::Database& database, std::int64_t version) {
    auto const sql = "PRAGMA user_version = " + std::to_string(version);
    return database.execute(sql.c_str());
}

void tell_migrated(std::string const& path, std::int64_t from, std::int64_t to) {
    log_event(Level::info, "schema.migrated",
              {{"database", path}, {"from", std::to_string(from)}, {"to", std::to_string(to)}});
}

Result<void> make_tables(sqlite::Database& database, std::string const& path, char const* sql) {
    constexpr std::int64_t k_version = 1;
    auto const version = TRY(schema_version(database, k_version));
    auto const is_old = TRY(database.query_integer("SELECT count(*) FROM sqlite_schema")) > 0;
    if (version == k_version) return database.execute(sql);
    TRY(database.execute("BEGIN IMMEDIATE"));
    TRY(database.execute(sql));
    TRY(set_schema_version(database, k_version));
    TRY(database.execute("COMMIT"));
    if (is_old) tell_migrated(path, version, k_version);
    return {};
}

} // namespace ds
