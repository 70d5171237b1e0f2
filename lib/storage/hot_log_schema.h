// The tables of a lane's database, made or brought up to date.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

#include <string>

namespace ds {

// Fault::invalid for a database that a newer program has written. `path` is told.
Result<void> migrate_hot_log(sqlite::Database& database, std::string const& path);

} // namespace ds
