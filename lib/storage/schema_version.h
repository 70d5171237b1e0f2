// Which version of its tables a database has (user_version): read, written, and told when it
// changes. There is no way back to an older version.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

#include <cstdint>
#include <string>

namespace ds {

// 0 for a new database, and for one from before its tables had versions. Fault::invalid when it is
// more than `newest`: a newer ds has written it. Callers name the file.
Result<std::int64_t> schema_version(sqlite::Database& database, std::int64_t newest);
Result<void> set_schema_version(sqlite::Database& database, std::int64_t version);
// A line in the log, of a database that was there before.
void tell_migrated(std::string const& path, std::int64_t from, std::int64_t to);

// Tables of one version, made where they are missing by `sql`, in a database of its own.
Result<void> make_tables(sqlite::Database& database, std::string const& path, char const* sql);

} // namespace ds
