// Subscriptions in SQLite.
#include "storage/subscription_table.h"

#include "base/encoding.h"
#include "storage/private_database.h"
#include "storage/schema_version.h"

#include <utility>

namespace ds {

namespace {

constexpr char const* k_schema =
    "CREATE TABLE IF NOT EXISTS subscription ("
    "number INTEGER PRIMARY KEY, project TEXT NOT NULL, id TEXT NOT NULL, kind INTEGER NOT NULL, "
    "pattern TEXT NOT NULL, webhook_url TEXT NOT NULL, wake_stream TEXT NOT NULL, "
    "lease_ttl_ms INTEGER NOT NULL, description TEXT NOT NULL, hash TEXT NOT NULL, "
    "origin TEXT NOT NULL, created_ms INTEGER NOT NULL, generation INTEGER NOT NULL, "
    "phase INTEGER NOT NULL, wake_id TEXT NOT NULL, holder TEXT NOT NULL, "
    "lease_until_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, "
    "next_attempt_ms INTEGER NOT NULL, trouble TEXT NOT NULL, UNIQUE (project, id)) STRICT;"
    "CREATE TABLE IF NOT EXISTS link ("
    "subscription INTEGER NOT NULL, stream TEXT NOT NULL, kinds INTEGER NOT NULL, "
    "stream_id INTEGER NOT NULL, acked_position INTEGER NOT NULL, acked TEXT NOT NULL, "
    "acks_from INTEGER NOT NULL, PRIMARY KEY (subscription, stream)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS floor ("
    "project TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS signing_key ("
    "kid TEXT PRIMARY KEY, seed TEXT NOT NULL, public_key TEXT NOT NULL, "
    "created_ms INTEGER NOT NULL, retired_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID";

SubscriptionRow row_in(sqlite::Statement const& at) {
    SubscriptionRow row;
    row.number = at.integer(0);
    row.project = at.text(1);
    row.id = at.text(2);
    row.kind = at.integer(3);
    row.pattern = at.text(4);
    row.webhook_url = at.text(5);
    row.wake_stream = at.text(6);
    row.lease_ttl_ms = at.integer(7);
    row.description = at.text(8);
    row.hash = at.text(9);
    row.origin = at.text(10);
    row.created_ms = at.integer(11);
    row.generation = at.integer(12);
    row.phase = at.integer(13);
    row.wake_id = at.text(14);
    row.holder = at.text(15);
    row.lease_until_ms = at.integer(16);
    row.attempts = at.integer(17);
    row.next_attempt_ms = at.integer(18);
    row.trouble = at.text(19);
    return row;
}

} // namespace

Result<SubscriptionTable> SubscriptionTable::open(std::string const& data) {
    return open_in_folder(data, "subscriptions.db", open_tables);
}

Result<SubscriptionTable> SubscriptionTable::open_tables(std::string const& path) {
    auto database = TRY(open_private_database(path));
    // One sync for each commit.
    TRY(database.execute("PRAGMA journal_mode = WAL"));
    TRY(make_tables(database, path, k_schema));
    SubscriptionTable table(std::move(database));
    table.secret_ = TRY(kept_secret(table.database_));
    auto& made = table.database_;
    table.put_ = TRY(made.prepare("INSERT OR REPLACE INTO subscription VALUES (?, ?, ?, ?, ?, ?, "
                                  "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    table.put_link_ = TRY(made.prepare("INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?, ?, ?, ?)"));
    table.remove_link_ =
        TRY(made.prepare("DELETE FROM link WHERE subscription = ? AND stream = ?"));
    return table;
}

Result<void> SubscriptionTable::each(std::function<void(SubscriptionRow)> const& visit) {
    auto rows = TRY(database_.prepare("SELECT * FROM subscription ORDER BY number"));
    while (TRY(rows.step()))
        visit(row_in(rows));
    return {};
}

Result<void> SubscriptionTable::each_link(
    std::function<void(std::int64_t subscription, SubscriptionLink)> const& visit) {
    auto rows = TRY(database_.prepare("SELECT * FROM link ORDER BY subscription, stream"));
    while (TRY(rows.step()))
        visit(rows.integer(0), {std::string(rows.text(1)), rows.integer(2), rows.integer(3),
                                rows.integer(4), std::string(rows.text(5)), rows.integer(6)});
    return {};
}

Result<void> SubscriptionTable::each_floor(
    std::function<void(std::string project, std::int64_t generation)> const& visit) {
    auto rows = TRY(database_.prepare("SELECT project, generation FROM floor ORDER BY project"));
    while (TRY(rows.step()))
        visit(std::string(rows.text(0)), rows.integer(1));
    return {};
}

Result<void> SubscriptionTable::each_key(std::function<void(SigningKeyRow)> const& visit) {
    auto rows = TRY(database_.prepare("SELECT kid, seed, public_key, created_ms, retired_ms "
                                      "FROM signing_key ORDER BY created_ms, kid"));
    while (TRY(rows.step())) {
        auto const seed = base64url_decode(rows.text(1));
        auto const key = base64url_decode(rows.text(2));
        if (!seed || !key) return Error{Fault::corrupt, "subscriptions.db has a broken key"};
        visit({std::string(rows.text(0)), *seed, *key, rows.integer(3), rows.integer(4)});
    }
    return {};
}

Result<void> SubscriptionTable::change(std::function<Result<void>()> const& changes) {
    TRY(database_.execute("BEGIN IMMEDIATE"));
    auto written = changes();
    if (written) written = database_.execute("COMMIT");
    // Without a transaction, as after some faults, there is nothing to undo.
    if (!written) static_cast<void>(database_.execute("ROLLBACK"));
    return written;
}

Result<void> SubscriptionTable::put(SubscriptionRow const& row) {
    put_.bind(1, row.number).bind_text(2, row.project).bind_text(3, row.id).bind(4, row.kind);
    put_.bind_text(5, row.pattern).bind_text(6, row.webhook_url).bind_text(7, row.wake_stream);
    put_.bind(8, row.lease_ttl_ms).bind_text(9, row.description).bind_text(10, row.hash);
    put_.bind_text(11, row.origin).bind(12, row.created_ms).bind(13, row.generation);
    put_.bind(14, row.phase).bind_text(15, row.wake_id).bind_text(16, row.holder);
    put_.bind(17, row.lease_until_ms).bind(18, row.attempts).bind(19, row.next_attempt_ms);
    return put_.bind_text(20, row.trouble).run();
}

Result<void> SubscriptionTable::remove(std::int64_t subscription) {
    auto rows = TRY(database_.prepare("DELETE FROM subscription WHERE number = ?"));
    TRY(rows.bind(1, subscription).run());
    auto links = TRY(database_.prepare("DELETE FROM link WHERE subscription = ?"));
    return links.bind(1, subscription).run();
}

Result<void> SubscriptionTable::put_link(std::int64_t subscription, SubscriptionLink const& link) {
    put_link_.bind(1, subscription).bind_text(2, link.stream).bind(3, link.kinds);
    put_link_.bind(4, link.stream_id).bind(5, link.acked_position).bind_text(6, link.acked);
    return put_link_.bind(7, link.acks_from).run();
}

Result<void> SubscriptionTable::remove_link(std::int64_t subscription, std::string_view stream) {
    return remove_link_.bind(1, subscription).bind_text(2, stream).run();
}

Result<void> SubscriptionTable::set_floor(std::string_view project, std::int64_t generation) {
    auto insert = TRY(database_.prepare("INSERT OR REPLACE INTO floor VALUES (?, ?)"));
    return insert.bind_text(1, project).bind(2, generation).run();
}

Result<void> SubscriptionTable::put_key(SigningKeyRow const& key) {
    auto insert =
        TRY(database_.prepare("INSERT OR REPLACE INTO signing_key VALUES (?, ?, ?, ?, ?)"));
    auto const seed = base64url_encode(key.seed);
    auto const public_key = base64url_encode(key.public_key);
    insert.bind_text(1, key.kid).bind_text(2, seed).bind_text(3, public_key);
    return insert.bind(4, key.created_ms).bind(5, key.retired_ms).run();
}

Result<void> SubscriptionTable::remove_key(std::string_view kid) {
    auto remove = TRY(database_.prepare("DELETE FROM signing_key WHERE kid = ?"));
    return remove.bind_text(1, kid).run();
}

} // namespace ds
