// Each step that brought the tables of a lane here.
#include "storage/hot_log_schema.h"

#include "storage/log_tables.h"
#include "storage/schema_version.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace ds {

namespace {

// Step n brings a database from version n to n + 1. Steps are only ever added.
constexpr std::array<char const*, 4> k_steps{
    R"sql(
    CREATE TABLE stream (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        content_type TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        touched_ms INTEGER NOT NULL,
        ttl_s INTEGER,
        expires_ms INTEGER,
        soft_deleted INTEGER NOT NULL DEFAULT 0,
        fork_source INTEGER,
        fork_point INTEGER,
        fork_ordinal INTEGER,
        fork_segment INTEGER,
        fork_position INTEGER,
        fork_asked_segment INTEGER,
        fork_asked_position INTEGER,
        fork_asked_sub INTEGER
    ) STRICT;
    CREATE TABLE log (
        seq INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        head BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE TABLE probe (id INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
    INSERT INTO probe VALUES (1, 0);
    )sql",
    R"sql(
    CREATE TABLE segment (
        stream INTEGER NOT NULL,
        number INTEGER NOT NULL,
        position INTEGER NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        ordinal INTEGER NOT NULL,
        messages INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        object_bytes INTEGER NOT NULL,
        first_ms INTEGER NOT NULL,
        last_ms INTEGER NOT NULL,
        seal INTEGER NOT NULL,
        key TEXT NOT NULL,
        checksum BLOB NOT NULL,
        stripes BLOB NOT NULL,
        PRIMARY KEY (stream, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rotated (
        stream INTEGER PRIMARY KEY,
        until INTEGER NOT NULL,
        ordinal INTEGER NOT NULL,
        segment INTEGER NOT NULL,
        position INTEGER NOT NULL,
        closed INTEGER NOT NULL,
        ledger BLOB,
        earliest_segment INTEGER NOT NULL,
        earliest_position INTEGER NOT NULL,
        earliest_start INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE retention (
        scope TEXT PRIMARY KEY,
        age_ms INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        messages INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    )sql",
    "ALTER TABLE stream ADD COLUMN exposure INTEGER NOT NULL DEFAULT 0",
    R"sql(
    CREATE TABLE estuary (stream INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE subscription (
        source INTEGER NOT NULL,
        id INTEGER NOT NULL,
        estuary INTEGER NOT NULL,
        since INTEGER NOT NULL,
        since_segment INTEGER NOT NULL,
        since_position INTEGER NOT NULL,
        envelope INTEGER NOT NULL,
        notify_above INTEGER NOT NULL,
        acked_segment INTEGER,
        acked_position INTEGER,
        PRIMARY KEY (source, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE fanout (
        source INTEGER PRIMARY KEY,
        position INTEGER NOT NULL,
        served INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE payload (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    ALTER TABLE log ADD COLUMN payload INTEGER;
    )sql",
};

// The step from version 4 to 5. What is in the log already stays where it is.
std::string make_ring() {
    std::string sql("CREATE TABLE ring (first INTEGER NOT NULL) STRICT;"
                    "INSERT INTO ring SELECT coalesce(max(seq), 0) + 1 FROM log;");
    for (unsigned table = 0; table < LogTables::k_ring; ++table)
        sql.append("CREATE TABLE log_" + std::to_string(table) +
                   " (seq INTEGER PRIMARY KEY, stream INTEGER NOT NULL, head BLOB NOT NULL, "
                   "body BLOB NOT NULL, payload INTEGER) STRICT;");
    return sql;
}

// The step from version 5 to 6. Rows that are there have no checksum.
std::string make_six() {
    std::string sql(R"sql(
    CREATE TABLE ledger_part (
        stream INTEGER NOT NULL,
        number INTEGER NOT NULL,
        ledger BLOB NOT NULL,
        PRIMARY KEY (stream, number)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE stream ADD COLUMN first_segment INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE ended (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        next_segment INTEGER NOT NULL
    ) STRICT;
    ALTER TABLE fanout ADD COLUMN announced INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE fanout ADD COLUMN aside TEXT;
    ALTER TABLE subscription ADD COLUMN missed_segment INTEGER;
    ALTER TABLE subscription ADD COLUMN missed_position INTEGER;
    CREATE TABLE birth (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        mark TEXT NOT NULL,
        starts INTEGER NOT NULL
    ) STRICT;
    ALTER TABLE payload ADD COLUMN sum INTEGER;
    ALTER TABLE log ADD COLUMN sum INTEGER;
    )sql");
    for (unsigned table = 0; table < LogTables::k_ring; ++table)
        sql.append("ALTER TABLE log_" + std::to_string(table) + " ADD COLUMN sum INTEGER;");
    return sql;
}

std::string step_from(std::size_t version) {
    if (version < k_steps.size()) return k_steps[version];
    return version == k_steps.size() ? make_ring() : make_six();
}
constexpr std::int64_t k_newest = k_steps.size() + 2;

} // namespace

Result<void> migrate_hot_log(sqlite::Database& database, std::string const& path) {
    auto const version = TRY(schema_version(database, k_newest));
    for (auto step = version; step < k_newest; ++step) {
        TRY(database.execute("BEGIN IMMEDIATE"));
        TRY(database.execute(step_from(static_cast<std::size_t>(step)).c_str()));
        TRY(set_schema_version(database, step + 1));
        TRY(database.execute("COMMIT"));
    }
    if (version > 0 && version < k_newest) tell_migrated(path, version, k_newest);
    return {};
}

} // namespace ds
