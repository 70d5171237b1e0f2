// Statements over the tables of segments, and their rows as records.
#include "storage/segment_table.h"

#include <utility>

namespace ds {

namespace {

constexpr std::string_view k_segment_columns =
    "stream, number, position, start, \"end\", ordinal, messages, rows, bytes, object_bytes, "
    "first_ms, last_ms, seal, key, checksum, stripes";
constexpr std::string_view k_rotated_columns =
    "stream, until, ordinal, segment, position, closed, ledger, earliest_segment, "
    "earliest_position, earliest_start";

Result<SegmentRecord> segment_of(sqlite::Statement const& row) {
    SegmentRecord record;
    record.stream = row.integer(0);
    record.at = {row.number(1), row.number(2)};
    record.start = row.number(3);
    record.end = row.number(4);
    record.ordinal = row.number(5);
    record.messages = row.number(6);
    record.rows = row.number(7);
    record.bytes = row.number(8);
    record.object_bytes = row.number(9);
    record.first_ms = row.integer(10);
    record.last_ms = row.integer(11);
    record.seal = static_cast<Seal>(row.integer(12));
    record.key = row.text(13);
    record.checksum = row.blob(14);
    auto stripes = decode_stripes(row.blob(15));
    if (!stripes) return std::move(stripes).error().within("index of " + record.key);
    record.stripes = *std::move(stripes);
    return record;
}

Result<RotatedRecord> rotated_of(sqlite::Statement const& row) {
    RotatedRecord record;
    record.stream = row.integer(0);
    record.until = row.number(1);
    record.ordinal = row.number(2);
    record.next = {row.number(3), row.number(4)};
    record.closed = row.integer(5) != 0;
    if (!row.is_null(6)) {
        auto ledger = decode_ledger(row.blob(6));
        if (!ledger)
            return std::move(ledger).error().within("stream " + std::to_string(record.stream));
        record.ledger = *std::move(ledger);
    }
    record.earliest = {row.number(7), row.number(8)};
    record.earliest_start = row.number(9);
    return record;
}

Result<void> add_part(RotatedRecord& record, std::string_view bytes) {
    auto part = decode_ledger(bytes);
    if (!part || !part->is_part)
        return Error{Fault::corrupt,
                     "stream " + std::to_string(record.stream) + ": a part of its ledger is none"};
    record.ledger_parts_bytes += bytes_of(*part);
    apply(record.ledger, *std::move(part));
    return {};
}

} // namespace

SegmentRecord record_of(SegmentFacts const& facts, std::string key, std::uint64_t object_bytes,
                        std::string checksum, Stripes stripes) {
    SegmentRecord record;
    record.stream = facts.stream.id;
    record.at = facts.at;
    record.start = facts.start;
    record.end = facts.end;
    record.ordinal = facts.ordinal;
    record.messages = facts.messages;
    record.rows = facts.rows;
    record.bytes = facts.bytes;
    record.object_bytes = object_bytes;
    record.first_ms = facts.first_ms;
    record.last_ms = facts.last_ms;
    record.seal = facts.seal;
    record.key = std::move(key);
    record.checksum = std::move(checksum);
    record.stripes = std::move(stripes);
    return record;
}

Result<SegmentTable> SegmentTable::open(sqlite::Database& database, sqlite::Open mode) {
    SegmentTable table;
    auto const select = [&](std::string_view columns, std::string_view rest) {
        return database.prepare(std::string("SELECT ").append(columns).append(rest));
    };
    table.segments_ = TRY(select(k_segment_columns, " FROM segment ORDER BY stream, number"));
    table.segments_of_ =
        TRY(select(k_segment_columns, " FROM segment WHERE stream = ? ORDER BY number"));
    table.segment_ =
        TRY(select(k_segment_columns, " FROM segment WHERE stream = ? AND number = ?"));
    table.rotateds_ = TRY(select(k_rotated_columns, " FROM rotated ORDER BY stream"));
    table.rotated_ = TRY(select(k_rotated_columns, " FROM rotated WHERE stream = ?"));
    table.parts_ = TRY(database.prepare("SELECT stream, ledger FROM ledger_part "
                                        "ORDER BY stream, number"));
    table.parts_of_ = TRY(database.prepare("SELECT stream, ledger FROM ledger_part "
                                           "WHERE stream = ? ORDER BY number"));
    table.retentions_ = TRY(select("scope, age_ms, bytes, messages", " FROM retention"));
    if (mode == sqlite::Open::read_only) return table;

    auto const replace = [&](std::string_view into, std::string_view columns,
                             std::string_view values) {
        return database.prepare(std::string("INSERT OR REPLACE INTO ")
                                    .append(into)
                                    .append(" (")
                                    .append(columns)
                                    .append(") VALUES (")
                                    .append(values)
                                    .append(")"));
    };
    table.insert_segment_ = TRY(
        replace("segment", k_segment_columns, "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"));
    table.set_rotated_ = TRY(replace("rotated", k_rotated_columns, "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"));
    table.set_retention_ =
        TRY(replace("retention", "scope, age_ms, bytes, messages", "?, ?, ?, ?"));
    table.remove_segment_ =
        TRY(database.prepare("DELETE FROM segment WHERE stream = ? AND number = ?"));
    table.set_earliest_ =
        TRY(database.prepare("UPDATE rotated SET earliest_segment = ?, earliest_position = ?, "
                             "earliest_start = ? WHERE stream = ?"));
    table.remove_rotated_ = TRY(database.prepare("DELETE FROM rotated WHERE stream = ?"));
    table.move_rotated_ =
        TRY(database.prepare("UPDATE rotated SET until = ?, ordinal = ?, segment = ?, "
                             "position = ?, closed = ? WHERE stream = ?"));
    table.insert_part_ = TRY(
        database.prepare("INSERT INTO ledger_part (stream, number, ledger) SELECT ?1, "
                         "coalesce(max(number), 0) + 1, ?2 FROM ledger_part WHERE stream = ?1"));
    table.remove_parts_ = TRY(database.prepare("DELETE FROM ledger_part WHERE stream = ?"));
    table.remove_retention_ = TRY(database.prepare("DELETE FROM retention WHERE scope = ?"));
    return table;
}

Result<void> SegmentTable::each_segment(VisitSegment const& visit) {
    segments_.reset();
    while (TRY(segments_.step())) {
        auto const record = TRY(segment_of(segments_));
        TRY(visit(record));
    }
    return {};
}

Result<void> SegmentTable::each_segment_of(std::int64_t stream, VisitSegment const& visit) {
    segments_of_.reset();
    segments_of_.bind(1, stream);
    while (TRY(segments_of_.step())) {
        auto const record = TRY(segment_of(segments_of_));
        TRY(visit(record));
    }
    return {};
}

Result<void>
SegmentTable::each_rotated(std::function<Result<void>(RotatedRecord const&)> const& visit) {
    rotateds_.reset();
    parts_.reset();
    bool part = TRY(parts_.step());
    while (TRY(rotateds_.step())) {
        auto record = TRY(rotated_of(rotateds_));
        for (; part && parts_.integer(0) <= record.stream; part = TRY(parts_.step()))
            if (parts_.integer(0) == record.stream) TRY(add_part(record, parts_.blob(1)));
        TRY(visit(record));
    }
    parts_.reset();
    return {};
}

Result<std::optional<SegmentRecord>> SegmentTable::segment(std::int64_t stream,
                                                           std::uint64_t number) {
    segment_.reset();
    segment_.bind(1, stream).bind(2, sqlite::stored(number));
    if (!TRY(segment_.step())) return std::optional<SegmentRecord>{};
    auto record = segment_of(segment_);
    segment_.reset();
    return std::optional<SegmentRecord>(TRY(std::move(record)));
}

Result<std::optional<RotatedRecord>> SegmentTable::rotated(std::int64_t stream) {
    rotated_.reset();
    rotated_.bind(1, stream);
    if (!TRY(rotated_.step())) return std::optional<RotatedRecord>{};
    auto found = rotated_of(rotated_);
    rotated_.reset();
    auto record = TRY(std::move(found));
    parts_of_.reset();
    parts_of_.bind(1, stream);
    while (TRY(parts_of_.step()))
        TRY(add_part(record, parts_of_.blob(1)));
    return std::optional<RotatedRecord>(std::move(record));
}

Result<void> SegmentTable::each_retention(
    std::function<Result<void>(std::string_view, Retention const&)> const& visit) {
    retentions_.reset();
    while (TRY(retentions_.step())) {
        Retention const retention{retentions_.integer(1), retentions_.number(2),
                                  retentions_.number(3)};
        TRY(visit(retentions_.text(0), retention));
    }
    return {};
}

Result<void> SegmentTable::insert_segment(SegmentRecord const& record) {
    auto const stripes = encode_stripes(record.stripes);
    auto& into = insert_segment_;
    into.bind(1, record.stream).bind(2, sqlite::stored(record.at.segment));
    into.bind(3, sqlite::stored(record.at.position)).bind(4, sqlite::stored(record.start));
    into.bind(5, sqlite::stored(record.end)).bind(6, sqlite::stored(record.ordinal));
    into.bind(7, sqlite::stored(record.messages)).bind(8, sqlite::stored(record.rows));
    into.bind(9, sqlite::stored(record.bytes)).bind(10, sqlite::stored(record.object_bytes));
    into.bind(11, record.first_ms).bind(12, record.last_ms);
    into.bind(13, static_cast<std::int64_t>(record.seal)).bind_text(14, record.key);
    into.bind_blob(15, record.checksum).bind_blob(16, stripes);
    return into.run();
}

Result<void> SegmentTable::remove_segment(std::int64_t stream, std::uint64_t number) {
    return remove_segment_.bind(1, stream).bind(2, sqlite::stored(number)).run();
}

// All but the ledger, of which another part is added.
Result<void> SegmentTable::move_rotated(RotatedRecord const& record) {
    auto const part = encode_ledger(record.ledger);
    auto& into = move_rotated_;
    into.bind(1, sqlite::stored(record.until)).bind(2, sqlite::stored(record.ordinal));
    into.bind(3, sqlite::stored(record.next.segment)).bind(4, sqlite::stored(record.next.position));
    into.bind(5, record.closed ? 1 : 0).bind(6, record.stream);
    TRY(into.run());
    return insert_part_.bind(1, record.stream).bind_blob(2, part).run();
}

Result<void> SegmentTable::set_rotated(RotatedRecord const& record) {
    if (record.ledger.is_part) return move_rotated(record);
    TRY(remove_parts_.bind(1, record.stream).run());
    auto const ledger = record.ledger.empty() ? std::string() : encode_ledger(record.ledger);
    auto& into = set_rotated_;
    into.bind(1, record.stream)
        .bind(2, sqlite::stored(record.until))
        .bind(3, sqlite::stored(record.ordinal));
    into.bind(4, sqlite::stored(record.next.segment)).bind(5, sqlite::stored(record.next.position));
    into.bind(6, record.closed ? 1 : 0);
    if (ledger.empty())
        into.bind_null(7);
    else
        into.bind_blob(7, ledger);
    into.bind(8, sqlite::stored(record.earliest.segment))
        .bind(9, sqlite::stored(record.earliest.position));
    into.bind(10, sqlite::stored(record.earliest_start));
    return into.run();
}

Result<void> SegmentTable::set_earliest(std::int64_t stream, Offset earliest, std::uint64_t start) {
    set_earliest_.bind(1, sqlite::stored(earliest.segment))
        .bind(2, sqlite::stored(earliest.position));
    set_earliest_.bind(3, sqlite::stored(start)).bind(4, stream);
    return set_earliest_.run();
}

Result<void> SegmentTable::remove_rotated(std::int64_t stream) {
    TRY(remove_parts_.bind(1, stream).run());
    return remove_rotated_.bind(1, stream).run();
}

Result<void> SegmentTable::set_retention(std::string_view scope, Retention const& retention) {
    if (!retention.any()) return remove_retention_.bind_text(1, scope).run();
    auto& into = set_retention_;
    into.bind_text(1, scope).bind(2, retention.age_ms);
    into.bind(3, sqlite::stored(retention.bytes)).bind(4, sqlite::stored(retention.messages));
    return into.run();
}

} // namespace ds
