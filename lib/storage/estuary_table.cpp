// The statements over the tables of estuaries.
#include "storage/estuary_table.h"

namespace ds {

namespace {

// The column `envelope`.
constexpr std::int64_t k_plain = 0;
constexpr std::int64_t k_envelope = 1;

// A token that was never handed out has no text.
Result<std::optional<Offset>> token_in(sqlite::Statement const& row, int column) {
    if (row.is_null(column)) return std::optional<Offset>{};
    Offset const token{row.number(column), row.number(column + 1)};
    if (is_token(token)) return std::optional(token);
    return Error{Fault::corrupt, "a subscription has an offset that cannot be"};
}

Result<SubscriptionRecord> subscription_of(sqlite::Statement const& row) {
    SubscriptionRecord record;
    record.source = row.integer(0);
    record.id = row.integer(1);
    record.estuary = row.integer(2);
    record.since = row.number(3);
    record.since_at = TRY(token_in(row, 4)).value_or(Offset{});
    record.form.mode = row.integer(6) == k_envelope ? CopyMode::envelope : CopyMode::plain;
    record.form.notify_above = row.number(7);
    record.acknowledged = TRY(token_in(row, 8));
    record.missed = TRY(token_in(row, 10));
    return record;
}

} // namespace

Result<EstuaryTable> EstuaryTable::open(sqlite::Database& database, sqlite::Open mode) {
    EstuaryTable table;
    table.estuaries_ = TRY(database.prepare("SELECT stream FROM estuary ORDER BY stream"));
    table.subscriptions_ = TRY(database.prepare(
        "SELECT source, id, estuary, since, since_segment, since_position, envelope, "
        "notify_above, acked_segment, acked_position, missed_segment, missed_position "
        "FROM subscription ORDER BY source, id"));
    table.fanouts_ = TRY(database.prepare("SELECT source, position, served, announced, "
                                          "aside FROM fanout ORDER BY source"));
    if (mode == sqlite::Open::read_only) return table;

    table.insert_estuary_ = TRY(database.prepare("INSERT INTO estuary (stream) VALUES (?)"));
    table.remove_estuary_ = TRY(database.prepare("DELETE FROM estuary WHERE stream = ?"));
    table.insert_subscription_ = TRY(database.prepare(
        "INSERT INTO subscription (source, id, estuary, since, since_segment, since_position, "
        "envelope, notify_above, acked_segment, acked_position, missed_segment, missed_position) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    table.remove_subscription_ =
        TRY(database.prepare("DELETE FROM subscription WHERE source = ? AND id = ?"));
    table.remove_subscriptions_to_ =
        TRY(database.prepare("DELETE FROM subscription WHERE source = ?"));
    table.set_acknowledged_ =
        TRY(database.prepare("UPDATE subscription SET acked_segment = ?, acked_position = ? "
                             "WHERE source = ? AND id = ?"));
    table.set_missed_ =
        TRY(database.prepare("UPDATE subscription SET missed_segment = ?, missed_position = ? "
                             "WHERE source = ? AND id = ?"));
    table.set_fanout_ =
        TRY(database.prepare("INSERT OR REPLACE INTO fanout (source, position, served, announced, "
                             "aside) VALUES (?, ?, ?, ?, ?)"));
    table.remove_fanout_ = TRY(database.prepare("DELETE FROM fanout WHERE source = ?"));
    return table;
}

Result<void>
EstuaryTable::each_estuary(std::function<Result<void>(std::int64_t stream)> const& visit) {
    estuaries_.reset();
    while (TRY(estuaries_.step()))
        TRY(visit(estuaries_.integer(0)));
    return {};
}

Result<void> EstuaryTable::each_subscription(
    std::function<Result<void>(SubscriptionRecord const&)> const& visit) {
    subscriptions_.reset();
    while (TRY(subscriptions_.step())) {
        auto const record = TRY(subscription_of(subscriptions_));
        TRY(visit(record));
    }
    return {};
}

Result<void>
EstuaryTable::each_fanout(std::function<Result<void>(FanoutRecord const&)> const& visit) {
    fanouts_.reset();
    while (TRY(fanouts_.step()))
        TRY(visit({fanouts_.integer(0), fanouts_.number(1), fanouts_.integer(2), fanouts_.number(3),
                   std::string(fanouts_.text(4))}));
    return {};
}

Result<void> EstuaryTable::insert_estuary(std::int64_t stream) {
    return insert_estuary_.bind(1, stream).run();
}

Result<void> EstuaryTable::remove_estuary(std::int64_t stream) {
    return remove_estuary_.bind(1, stream).run();
}

Result<void> EstuaryTable::insert_subscription(SubscriptionRecord const& record) {
    auto& into = insert_subscription_;
    into.bind(1, record.source).bind(2, record.id).bind(3, record.estuary);
    into.bind(4, sqlite::stored(record.since)).bind(5, sqlite::stored(record.since_at.segment));
    into.bind(6, sqlite::stored(record.since_at.position));
    into.bind(7, record.form.mode == CopyMode::envelope ? k_envelope : k_plain);
    into.bind(8, sqlite::stored(record.form.notify_above)).bind_null(9).bind_null(10);
    if (auto const& offset = record.acknowledged)
        into.bind(9, sqlite::stored(offset->segment)).bind(10, sqlite::stored(offset->position));
    into.bind_null(11).bind_null(12);
    if (auto const& missed = record.missed)
        into.bind(11, sqlite::stored(missed->segment)).bind(12, sqlite::stored(missed->position));
    return into.run();
}

Result<void> EstuaryTable::remove_subscription(std::int64_t source, std::int64_t id) {
    return remove_subscription_.bind(1, source).bind(2, id).run();
}

Result<void> EstuaryTable::remove_subscriptions_to(std::int64_t source) {
    return remove_subscriptions_to_.bind(1, source).run();
}

Result<void> EstuaryTable::set_acknowledged(std::int64_t source, std::int64_t id, Offset offset) {
    set_acknowledged_.bind(1, sqlite::stored(offset.segment))
        .bind(2, sqlite::stored(offset.position));
    return set_acknowledged_.bind(3, source).bind(4, id).run();
}

Result<void> EstuaryTable::set_missed(std::int64_t source, std::int64_t id, Offset before) {
    set_missed_.bind(1, sqlite::stored(before.segment)).bind(2, sqlite::stored(before.position));
    return set_missed_.bind(3, source).bind(4, id).run();
}

Result<void> EstuaryTable::set_fanout(FanoutRecord const& record) {
    set_fanout_.bind(1, record.source)
        .bind(2, sqlite::stored(record.position))
        .bind(3, record.served);
    set_fanout_.bind(4, sqlite::stored(record.announced)).bind_null(5);
    if (!record.aside.empty()) set_fanout_.bind_text(5, record.aside);
    return set_fanout_.run();
}

Result<void> EstuaryTable::remove_fanout(std::int64_t source) {
    return remove_fanout_.bind(1, source).run();
}

} // namespace ds
