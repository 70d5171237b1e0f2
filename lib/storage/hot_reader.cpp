// Rows by number, and all there is.
#include "storage/hot_reader.h"

#include "format/row_sum.h"
#include "storage/stream_rows.h"

#include <utility>

namespace ds {

namespace {

Error has_no_body(std::int64_t seq) {
    return {Fault::corrupt, "row " + std::to_string(seq) + " refers to a body that is not there"};
}

// Columns of "seq, stream, head", the body, and k_row_sums.
std::string row_columns() {
    return std::string("seq, stream, head, ").append(k_row_body).append(", ").append(k_row_sums);
}

bool is_intact(sqlite::Statement const& row) {
    RowLabel place{row.integer(0), row.integer(1)};
    if (!row.is_null(4)) place.payload = row.integer(4);
    auto const body = row.blob(3);
    if (!row.is_null(6) && row.integer(6) != sum_of_payload(*place.payload, body)) return false;
    if (row.is_null(5)) return true; // from before there were sums
    auto const sum = row.integer(5);
    return head_holds(sum, place, row.blob(2)) && body_holds(sum, place, body);
}

} // namespace

Result<HotReader> HotReader::open(std::string const& path) {
    HotReader reader;
    reader.database_ = TRY(sqlite::Database::open(path, sqlite::Open::read_only));
    reader.begin_ = TRY(reader.database_.prepare("BEGIN"));
    reader.end_ = TRY(reader.database_.prepare("COMMIT"));
    reader.tables_ = TRY(LogTables::read(reader.database_));
    reader.select_ =
        LogStatement("SELECT " + row_columns() + " FROM $ WHERE seq >= ? ORDER BY seq");
    reader.stream_ = TRY(select_streams(reader.database_, " WHERE id = ?"));
    reader.segments_ = TRY(SegmentTable::open(reader.database_, sqlite::Open::read_only));
    reader.estuaries_ = TRY(EstuaryTable::open(reader.database_, sqlite::Open::read_only));
    return reader;
}

Result<void> HotReader::begin() {
    return begin_.run();
}

void HotReader::end() {
    if (standing_ != nullptr) standing_->reset();
    at_.reset();
    // Nothing was written that could fail to be.
    auto const ended = end_.run();
    static_cast<void>(ended);
}

Result<std::optional<HotReader::Row>> HotReader::read(std::int64_t seq) {
    // A stream's rows often follow one another: the next one is a step away, not a search.
    auto const table = tables_.table_of(seq);
    bool const next = at_ && *at_ + 1 == seq && tables_.table_of(*at_) == table;
    at_.reset();
    if (!next) {
        if (standing_ != nullptr) standing_->reset();
        standing_ = TRY(select_.of(database_, table));
        standing_->bind(1, seq);
    }
    auto& rows = *standing_;
    if (!TRY(rows.step())) return std::optional<Row>{};
    if (rows.integer(0) != seq) return std::optional<Row>{};
    if (rows.is_null(3)) return has_no_body(seq);
    if (!is_intact(rows)) return damaged_row(seq);
    auto head = decode_block_head(rows.blob(2));
    if (!head) return std::move(head).error().within("row " + std::to_string(seq));
    at_ = seq;
    return std::optional<Row>(Row{std::move(*head), rows.blob(3), rows.blob(2)});
}

Result<std::optional<StreamRecord>> HotReader::stream(std::int64_t id) {
    stream_.reset();
    stream_.bind(1, id);
    if (!TRY(stream_.step())) return std::optional<StreamRecord>{};
    std::optional<StreamRecord> record(stream_of(stream_));
    stream_.reset();
    return record;
}

Result<void> HotReader::each_stream(std::function<Result<void>(StreamRecord const&)> const& visit) {
    return visit_streams(database_, visit);
}

Result<void> HotReader::each_row(
    std::function<Result<void>(std::int64_t, std::int64_t, Row const&)> const& visit) {
    auto rows = TRY(LogScan::begin(database_, tables_, row_columns()));
    while (auto const* const row = TRY(rows.next())) {
        auto const seq = row->integer(0);
        auto head = decode_block_head(row->blob(2));
        if (!head) return std::move(head).error().within("row " + std::to_string(seq));
        if (row->is_null(3)) return has_no_body(seq);
        TRY(visit(seq, row->integer(1),
                  {*std::move(head), row->blob(3), row->blob(2), is_intact(*row)}));
    }
    return {};
}

Result<std::int64_t> HotReader::last_stream_id() {
    return last_stream_id_of(database_);
}

Result<std::optional<std::string>> HotReader::damage() {
    auto check = TRY(database_.prepare("PRAGMA quick_check(1)"));
    if (!TRY(check.step())) return std::optional<std::string>("it cannot be checked");
    std::string said(check.text(0));
    return said == "ok" ? std::nullopt : std::optional(std::move(said));
}

} // namespace ds
