// Streams as rows of the hot log's stream table, read.
#pragma once

#include "base/result.h"
#include "model/stream_record.h"
#include "storage/sqlite.h"

#include <functional>
#include <string_view>

namespace ds {

// A statement over the columns that stream_of() reads; `rest` is what follows the table's name.
Result<sqlite::Statement> select_streams(sqlite::Database& database, std::string_view rest);
// How the column says it.
std::int64_t number_of(Exposure exposure);
StreamRecord stream_of(sqlite::Statement const& row);

// Each stream, by id.
Result<void> visit_streams(sqlite::Database& database,
                           std::function<Result<void>(StreamRecord const&)> const& visit);
// The largest id that was ever given; 0 when there was none.
Result<std::int64_t> last_stream_id_of(sqlite::Database& database);

} // namespace ds
