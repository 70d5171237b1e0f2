// Statements over the ring of tables.
#include "storage/log_tables.h"

#include <algorithm>
#include <utility>

namespace ds {

namespace {

std::string for_table(std::string_view sql, unsigned table) {
    auto const name = table == LogTables::k_old ? "log" : "log_" + std::to_string(table);
    std::string text;
    for (auto const c : sql) {
        if (c == '$')
            text.append(name);
        else
            text.push_back(c);
    }
    return text;
}

} // namespace

Result<LogTables> LogTables::read(sqlite::Database& database) {
    return LogTables(TRY(database.query_integer("SELECT first FROM ring")));
}

Result<sqlite::Statement*> LogStatement::of(sqlite::Database& database, unsigned table) {
    auto& statement = statements_[table];
    if (!statement) statement = TRY(database.prepare(for_table(sql_, table)));
    return &*statement;
}

Result<LogScan> LogScan::begin(sqlite::Database& database, LogTables tables,
                               std::string_view columns) {
    LogScan scan(tables);
    auto const sql = std::string("SELECT ").append(columns).append(" FROM $ ORDER BY seq");
    for (unsigned table = 0; table < LogTables::k_all; ++table) {
        Cursor cursor{TRY(database.prepare(for_table(sql, table))), table, 0};
        if (!TRY(cursor.rows.step())) continue;
        cursor.seq = cursor.rows.integer(0);
        scan.cursors_.push_back(std::move(cursor));
    }
    return scan;
}

Result<sqlite::Statement const*> LogScan::next() {
    if (given_) {
        auto& last = cursors_[*given_];
        if (TRY(last.rows.step()))
            last.seq = last.rows.integer(0);
        else
            cursors_.erase(cursors_.begin() + static_cast<std::ptrdiff_t>(*given_));
        given_.reset();
    }
    auto const least = std::ranges::min_element(cursors_, {}, &Cursor::seq);
    if (least == cursors_.end()) return nullptr;
    if (tables_.table_of(least->seq) != least->table)
        return Error{Fault::corrupt,
                     "row " + std::to_string(least->seq) + " lies in another row's table"};
    given_ = static_cast<std::size_t>(least - cursors_.begin());
    return &std::as_const(least->rows);
}

} // namespace ds
