// The tables of a lane's database, made or brought up to date.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

namespace ds {

// Fault::invalid for a database that a newer program has written.
Result<void> migrate_hot_log(sqlite::Database& database);

} // namespace ds
