// A database that only its owner may read (mode 0600), and the secret that is kept in one.
//
//     secret   32 random bytes, as hex: made once, the same for ever
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

#include <string>

namespace ds {

// Makes what is missing; commits are synced.
Result<sqlite::Database> open_private_database(std::string const& path);

// The hex of it. Makes table and secret when they are missing.
Result<std::string> kept_secret(sqlite::Database& database);

} // namespace ds
