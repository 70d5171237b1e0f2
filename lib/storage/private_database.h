// A database that only its owner may read (mode 0600), and the secret that is kept in one.
//
//     secret   32 random bytes, as hex: made once, the same for ever
#pragma once

#include "base/result.h"
#include "storage/disk.h"
#include "storage/sqlite.h"

#include <string>
#include <utility>

namespace ds {

// Makes what is missing; commits are synced.
Result<sqlite::Database> open_private_database(std::string const& path);

// What `open(path)` makes of the database `file` in the folder `data`. A fault names the file; that
// it is there outlives a power cut.
template <typename Open>
auto open_in_folder(std::string const& data, std::string const& file, Open open)
    -> decltype(open(file)) {
    auto const path = data + "/" + file;
    auto opened = open(path);
    if (!opened) return std::move(opened).error().within(path);
    TRY(sync_folder(data));
    return opened;
}

// The hex of it. Makes table and secret when they are missing.
Result<std::string> kept_secret(sqlite::Database& database);

} // namespace ds
