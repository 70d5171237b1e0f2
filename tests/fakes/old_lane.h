// The database of a lane as version 5 of its tables had it.
#pragma once

#include "storage/log_tables.h"
#include "storage/sqlite.h"

#include <doctest/doctest.h>

#include <string>

namespace ds::test {

inline void make_version_5(sqlite::Database& database) {
    REQUIRE(database.execute("DROP TABLE ledger_part; DROP TABLE ended; DROP TABLE birth; "
                             "PRAGMA user_version = 5"));
    auto const drop = [&](std::string const& column) {
        auto const dropped = database.execute(("ALTER TABLE " + column).c_str());
        REQUIRE_MESSAGE(dropped, column);
    };
    for (auto const* column :
         {"stream DROP COLUMN first_segment", "fanout DROP COLUMN announced",
          "fanout DROP COLUMN aside", "subscription DROP COLUMN missed_segment",
          "subscription DROP COLUMN missed_position", "log DROP COLUMN sum",
          "payload DROP COLUMN sum"})
        drop(column);
    for (unsigned table = 0; table < LogTables::k_ring; ++table)
        drop("log_" + std::to_string(table) + " DROP COLUMN sum");
}

} // namespace ds::test
