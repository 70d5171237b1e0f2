// Opening what holds keys.
#include "storage/private_database.h"

#include "base/crypto.h"
#include "base/encoding.h"

namespace ds {

namespace {

constexpr std::size_t k_secret_bytes = 32;

} // namespace

Result<sqlite::Database> open_private_database(std::string const& path) {
    auto database = TRY(sqlite::Database::open(path, sqlite::Open::read_write));
    TRY(database.execute("PRAGMA synchronous = FULL"));
    TRY(database.execute("PRAGMA secure_delete = ON")); // what was a secret is not left in the file
    return database;
}

Result<std::string> kept_secret(sqlite::Database& database) {
    TRY(database.execute("CREATE TABLE IF NOT EXISTS secret ("
                         "one INTEGER PRIMARY KEY CHECK (one = 1), hex TEXT NOT NULL) STRICT"));
    auto insert = TRY(database.prepare("INSERT OR IGNORE INTO secret VALUES (1, ?)"));
    auto const fresh = hex_encode(random_bytes(k_secret_bytes));
    TRY(insert.bind_text(1, fresh).run());
    auto select = TRY(database.prepare("SELECT hex FROM secret"));
    if (!TRY(select.step())) return Error{Fault::corrupt, "the database has lost its secret"};
    return std::string(select.text(0));
}

} // namespace ds
