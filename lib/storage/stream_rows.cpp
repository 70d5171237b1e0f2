// The columns of a stream, in the order in which they are read.
#include "storage/stream_rows.h"

#include <chrono>
#include <string>

namespace ds {

Result<sqlite::Statement> select_streams(sqlite::Database& database, std::string_view rest) {
    constexpr std::string_view k_columns =
        "id, name, content_type, created_ms, touched_ms, ttl_s, expires_ms, soft_deleted, "
        "fork_source, fork_point, fork_ordinal, fork_segment, fork_position, fork_asked_segment, "
        "fork_asked_position, fork_asked_sub, exposure, "
        "first_segment";
    return database.prepare(
        std::string("SELECT ").append(k_columns).append(" FROM stream").append(rest));
}

namespace {

// Bits of the column.
constexpr std::int64_t k_public = 1;
constexpr std::int64_t k_cache_private = 2;

Exposure exposure_of(std::int64_t bits) {
    return {(bits & k_public) != 0, (bits & k_cache_private) != 0};
}

} // namespace

StreamRecord stream_of(sqlite::Statement const& row) {
    StreamRecord record;
    record.id = row.integer(0);
    record.name = row.text(1);
    record.content_type = row.text(2);
    record.created_ms = row.integer(3);
    record.touched_ms = row.integer(4);
    if (!row.is_null(5)) record.lifetime = Ttl{std::chrono::seconds(row.integer(5))};
    if (!row.is_null(6)) record.lifetime = ExpiresAt{from_count_ms(row.integer(6))};
    record.soft_deleted = row.integer(7) != 0;
    if (!row.is_null(8)) {
        auto const number = [&](int column) {
            return static_cast<std::uint64_t>(row.integer(column));
        };
        ForkRecord fork;
        fork.source = row.integer(8);
        fork.point = number(9);
        fork.ordinal = number(10);
        fork.at = {number(11), number(12)};
        if (!row.is_null(13)) fork.asked_at = Offset{number(13), number(14)};
        fork.asked_sub_offset = number(15);
        record.fork = fork;
    }
    record.exposure = exposure_of(row.integer(16));
    record.first_segment = static_cast<std::uint64_t>(row.integer(17));
    return record;
}

std::int64_t number_of(Exposure exposure) {
    return (exposure.is_public ? k_public : 0) | (exposure.cache_private ? k_cache_private : 0);
}

Result<void> visit_streams(sqlite::Database& database,
                           std::function<Result<void>(StreamRecord const&)> const& visit) {
    auto rows = TRY(select_streams(database, " ORDER BY id"));
    while (TRY(rows.step()))
        TRY(visit(stream_of(rows)));
    return {};
}

Result<std::int64_t> last_stream_id_of(sqlite::Database& database) {
    return database.query_integer("SELECT seq FROM sqlite_sequence WHERE name = 'stream'");
}

} // namespace ds
