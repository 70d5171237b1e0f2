// The statements over the tables of a lane.
#include "storage/hot_log.h"

#include "format/row_sum.h"
#include "storage/hot_log_schema.h"
#include "storage/stream_rows.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <type_traits>
#include <variant>

namespace ds {

namespace {

// The write-ahead log is copied from this many pages of 4 KiB on, and has room for half as many
// again that come meanwhile.
constexpr std::int64_t k_page_bytes = 4096;
constexpr std::int64_t k_wal_pages = 8192;
constexpr std::int64_t k_reserved_at_once = std::int64_t{64} * 1024; // Database::reserve_log
constexpr std::int64_t k_wal_bytes =
    ((k_wal_pages * 3 / 2 + 1) * (k_page_bytes + 24) / k_reserved_at_once + 1) * k_reserved_at_once;
constexpr std::uintmax_t k_room_wanted = 8 * k_wal_bytes; // free, or nothing is reserved
// What the lane copies itself: a millisecond or two.
constexpr std::int64_t k_few_pages = 256;
// A pass leaves what was written meanwhile, which is less each time.
constexpr int k_passes_max = 4;
// When the disk cannot follow, writers wait for it rather than let the log grow without bound.
constexpr std::int64_t k_wal_pages_max = 4 * k_wal_pages;
// Names of streams that have ended: 6 MB.
constexpr std::int64_t k_ended_max = 65'536;
// How often it is tried to copy a log that a reader keeps.
constexpr std::chrono::seconds k_held_pause{1};

// Rows leave the log when their segment is in the store: what they held is given back in small
// steps, for which SQLite has to know who points to a page.
constexpr std::int64_t k_incremental = 2;
Result<void> enable_shrinking(sqlite::Database& database) {
    if (TRY(database.query_integer("PRAGMA auto_vacuum")) == k_incremental) return {};
    TRY(database.execute("PRAGMA auto_vacuum = INCREMENTAL"));
    // A database that has pages already is written anew, once.
    if (TRY(database.query_integer("PRAGMA page_count")) > 0) TRY(database.execute("VACUUM"));
    return {};
}

} // namespace

Result<HotLog> HotLog::open(std::string const& path, Durability durability) {
    HotLog log;
    log.path_ = path;
    log.database_ = TRY(sqlite::Database::open(path, sqlite::Open::read_write));
    auto& database = log.database_;
    TRY(enable_shrinking(database));
    TRY(database.execute("PRAGMA journal_mode = WAL"));
    TRY(database.execute(durability == Durability::full ? "PRAGMA synchronous = FULL"
                                                        : "PRAGMA synchronous = NORMAL"));
    TRY(migrate_hot_log(database, path));
    // Debian's SQLite overwrites what is deleted: each page of it would be written once more.
    TRY(database.execute("PRAGMA secure_delete = OFF"));
    // In KiB: rows that leave the log soon after they came need not be read from the disk for it.
    TRY(database.execute("PRAGMA cache_size = -16384"));
    database.count_wal_pages();
    log.copier_ = TRY(LogCopier::open(path));

    log.begin_ = TRY(database.prepare("BEGIN IMMEDIATE"));
    log.commit_ = TRY(database.prepare("COMMIT"));
    log.rollback_ = TRY(database.prepare("ROLLBACK"));
    log.tables_ = TRY(LogTables::read(database));
    log.insert_row_ =
        LogStatement("INSERT INTO $ (seq, stream, head, body, sum) VALUES (?, ?, ?, ?, ?)");
    log.select_row_ = LogStatement(std::string("SELECT stream, head, ")
                                       .append(k_row_body)
                                       .append(", ")
                                       .append(k_row_sums)
                                       .append(" FROM $ WHERE seq = ?"));
    log.insert_reference_ = LogStatement("INSERT INTO $ (seq, stream, head, body, payload, sum) "
                                         "VALUES (?, ?, ?, x'', ?, ?)");
    log.payload_of_ = LogStatement("SELECT payload FROM $ WHERE seq = ?");
    log.references_ = LogStatement("SELECT payload FROM $ WHERE payload IS NOT NULL");
    log.remove_rows_ = LogStatement("DELETE FROM $ WHERE seq BETWEEN ? AND ?");
    log.empty_table_ = LogStatement("DELETE FROM $");
    log.insert_payload_ =
        TRY(database.prepare("INSERT INTO payload (id, body, sum) VALUES (?, ?, ?)"));
    log.remove_payload_ = TRY(database.prepare("DELETE FROM payload WHERE id = ?"));
    log.insert_stream_ = TRY(database.prepare(
        "INSERT INTO stream (id, name, content_type, created_ms, touched_ms, ttl_s, expires_ms, "
        "soft_deleted, fork_source, fork_point, fork_ordinal, fork_segment, fork_position, "
        "fork_asked_segment, fork_asked_position, fork_asked_sub, exposure, "
        "first_segment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    log.soft_delete_ = TRY(database.prepare("UPDATE stream SET soft_deleted = 1 WHERE id = ?"));
    log.remove_stream_ = TRY(database.prepare("DELETE FROM stream WHERE id = ?"));
    log.touch_ = TRY(database.prepare("UPDATE stream SET touched_ms = ? WHERE id = ?"));
    log.insert_ended_ =
        TRY(database.prepare("INSERT OR REPLACE INTO ended (name, next_segment) VALUES (?, ?)"));
    log.remove_ended_ =
        TRY(database.prepare("DELETE FROM ended WHERE id <= (SELECT max(id) FROM ended) - ?"));
    log.ended_ = TRY(database.prepare("SELECT next_segment FROM ended WHERE name = ?"));
    log.any_ended_ = TRY(database.query_integer("SELECT count(*) FROM ended LIMIT 1")) > 0;
    log.segments_ = TRY(SegmentTable::open(database, sqlite::Open::read_write));
    log.estuaries_ = TRY(EstuaryTable::open(database, sqlite::Open::read_write));
    return log;
}

Result<void> HotLog::each_stream(std::function<Result<void>(StreamRecord const&)> const& visit) {
    return visit_streams(database_, visit);
}

Result<void> HotLog::each_row(std::function<Result<void>(LogRecord const&)> const& visit) {
    // length() of a blob is answered from the row's header: large bodies are not read.
    auto rows = TRY(LogScan::begin(database_, tables_,
                                   "seq, stream, head, CASE WHEN payload IS NULL THEN length(body) "
                                   "ELSE (SELECT length(p.body) FROM payload p "
                                   "WHERE p.id = $.payload) END, payload, sum"));
    while (auto const* const row = TRY(rows.next())) {
        LogRecord record;
        record.seq = row->integer(0);
        record.stream = row->integer(1);
        record.head = TRY(decode_block_head(row->blob(2)));
        record.body_bytes = static_cast<std::uint32_t>(row->integer(3));
        if (!row->is_null(4)) record.payload = row->integer(4);
        record.damaged =
            !row->is_null(5) &&
            !head_holds(row->integer(5), {record.seq, record.stream, record.payload}, row->blob(2));
        TRY(visit(record));
    }
    return {};
}

Result<std::optional<LaneBirth>> HotLog::birth() {
    auto select = TRY(database_.prepare("SELECT mark, starts FROM birth"));
    if (!TRY(select.step())) return std::optional<LaneBirth>();
    return std::optional(LaneBirth{std::string(select.text(0)), select.integer(1)});
}

Result<void> HotLog::set_birth(LaneBirth const& birth) {
    std::int64_t synced = 0;
    {
        auto level = TRY(database_.prepare("PRAGMA synchronous"));
        if (TRY(level.step())) synced = level.integer(0);
    }
    // Whatever appends are worth: a log that is older than what is known of it does not start.
    TRY(database_.execute("PRAGMA synchronous = FULL"));
    {
        auto insert = TRY(database_.prepare("INSERT OR REPLACE INTO birth VALUES (1, ?, ?)"));
        TRY(insert.bind_text(1, birth.mark).bind(2, birth.starts).run());
    }
    return database_.execute(("PRAGMA synchronous = " + std::to_string(synced)).c_str());
}

Result<std::optional<HotLog::Row>> HotLog::read_row(std::int64_t seq) {
    auto& select = *TRY(select_row_.of(database_, tables_.table_of(seq)));
    select.bind(1, seq);
    if (!TRY(select.step())) return std::optional<Row>{};
    RowLabel place{seq, select.integer(0)};
    if (!select.is_null(3)) place.payload = select.integer(3);
    auto head = decode_block_head(select.blob(1));
    bool const has_body = !select.is_null(2);
    std::string body(select.blob(2));
    auto const sum = select.integer(4);
    bool const holds =
        (select.is_null(4) ||
         (head_holds(sum, place, select.blob(1)) && body_holds(sum, place, body))) &&
        (select.is_null(5) || select.integer(5) == sum_of_payload(*place.payload, body));
    select.reset();
    if (!has_body)
        return Error{Fault::corrupt,
                     "row " + std::to_string(seq) + " refers to a body that is not there"};
    if (!holds) return damaged_row(seq);
    if (!head) return std::move(head).error().within("row " + std::to_string(seq));
    return std::optional<Row>(Row{*std::move(head), std::move(body)});
}

Result<std::int64_t> HotLog::last_stream_id() {
    return last_stream_id_of(database_);
}

Result<void> HotLog::reserve() {
    std::error_code unknown;
    auto const space = std::filesystem::space(path_, unknown);
    // A small disk has better use for it.
    if (unknown || space.available < k_room_wanted) return {};
    return database_.reserve_log(k_wal_bytes);
}

Result<void> HotLog::begin() {
    return begin_.run();
}

Result<void> HotLog::commit() {
    return commit_.run();
}

void HotLog::rollback() {
    // Fails only when SQLite has rolled back by itself, which is what we want.
    auto const rolled_back = rollback_.run();
    static_cast<void>(rolled_back);
}

Result<void> HotLog::insert_row(std::int64_t seq, std::int64_t stream, std::string_view head,
                                std::string_view body) {
    auto& insert = *TRY(insert_row_.of(database_, tables_.table_of(seq)));
    insert.bind(1, seq).bind(2, stream).bind_blob(3, head).bind_blob(4, body);
    return insert.bind(5, sum_of_row({seq, stream}, head, body)).run();
}

Result<void> HotLog::insert_stream(StreamRecord const& record) {
    auto& into = insert_stream_;
    into.bind(1, record.id).bind_text(2, record.name).bind_text(3, record.content_type);
    into.bind(4, record.created_ms).bind(5, record.touched_ms).bind_null(6).bind_null(7);
    if (auto const* ttl = std::get_if<Ttl>(&record.lifetime)) into.bind(6, ttl->window.count());
    if (auto const* at = std::get_if<ExpiresAt>(&record.lifetime))
        into.bind(7, count_ms(at->instant));
    into.bind(8, record.soft_deleted ? 1 : 0).bind(17, number_of(record.exposure));
    into.bind(18, static_cast<std::int64_t>(record.first_segment));
    for (int place = 9; place <= 16; ++place)
        into.bind_null(place);
    if (auto const& fork = record.fork) {
        auto const bind = [&](int place, std::uint64_t value) {
            into.bind(place, static_cast<std::int64_t>(value));
        };
        into.bind(9, fork->source);
        bind(10, fork->point);
        bind(11, fork->ordinal);
        bind(12, fork->at.segment);
        bind(13, fork->at.position);
        if (fork->asked_at) {
            bind(14, fork->asked_at->segment);
            bind(15, fork->asked_at->position);
        }
        bind(16, fork->asked_sub_offset);
    }
    return into.run();
}

Result<void> HotLog::soft_delete_stream(std::int64_t id) {
    return soft_delete_.bind(1, id).run();
}

Result<void> HotLog::remove_stream(std::int64_t id) {
    return remove_stream_.bind(1, id).run();
}

Result<void> HotLog::remember_ended(std::string_view name, std::uint64_t next_segment) {
    any_ended_ = true;
    auto const next = static_cast<std::int64_t>(next_segment);
    TRY(insert_ended_.bind_text(1, name).bind(2, next).run());
    return remove_ended_.bind(1, k_ended_max).run();
}

Result<std::uint64_t> HotLog::first_segment_of(std::string_view name) {
    if (!any_ended_) return std::uint64_t{0};
    ended_.bind_text(1, name);
    bool const known = TRY(ended_.step());
    auto const first = known ? static_cast<std::uint64_t>(ended_.integer(0)) : 0;
    ended_.reset();
    return first;
}

Result<void> HotLog::touch_stream(std::int64_t id, std::int64_t touched_ms) {
    return touch_.bind(1, touched_ms).bind(2, id).run();
}

Result<void> HotLog::remove_rows(std::int64_t first, std::int64_t last) {
    auto& remove = *TRY(remove_rows_.of(database_, tables_.table_of(first)));
    return remove.bind(1, first).bind(2, last).run();
}

Result<void> HotLog::empty_table(unsigned table) {
    return TRY(empty_table_.of(database_, table))->run();
}

Result<void> HotLog::insert_reference(std::int64_t seq, std::int64_t stream, std::string_view head,
                                      std::int64_t payload) {
    auto& insert = *TRY(insert_reference_.of(database_, tables_.table_of(seq)));
    insert.bind(1, seq).bind(2, stream).bind_blob(3, head).bind(4, payload);
    return insert.bind(5, sum_of_row({seq, stream, payload}, head, {})).run();
}

Result<void> HotLog::insert_payload(std::int64_t id, std::string_view body) {
    return insert_payload_.bind(1, id).bind_blob(2, body).bind(3, sum_of_payload(id, body)).run();
}

Result<void> HotLog::remove_payload(std::int64_t id) {
    return remove_payload_.bind(1, id).run();
}

Result<std::optional<std::int64_t>> HotLog::payload_of(std::int64_t seq) {
    auto& select = *TRY(payload_of_.of(database_, tables_.table_of(seq)));
    select.bind(1, seq);
    std::optional<std::int64_t> payload;
    if (!TRY(select.step())) return payload;
    if (!select.is_null(0)) payload = select.integer(0);
    select.reset();
    return payload;
}

Result<void> HotLog::each_reference(unsigned table,
                                    std::function<void(std::int64_t id)> const& visit) {
    auto& select = *TRY(references_.of(database_, table));
    while (TRY(select.step()))
        visit(select.integer(0));
    return {};
}

Result<void> HotLog::each_payload(std::function<Result<void>(std::int64_t id)> const& visit) {
    auto rows = TRY(database_.prepare("SELECT id FROM payload ORDER BY id"));
    while (TRY(rows.step()))
        TRY(visit(rows.integer(0)));
    return {};
}

Result<void> HotLog::probe() {
    return database_.execute("UPDATE probe SET count = count + 1");
}

Result<std::int64_t> HotLog::unused_bytes() {
    auto const pages = TRY(database_.query_integer("PRAGMA freelist_count"));
    return pages * k_page_bytes;
}

Result<void> HotLog::shrink(std::int64_t most) {
    auto const step = "PRAGMA incremental_vacuum(" + std::to_string(most / k_page_bytes) + ")";
    return database_.execute(step.c_str());
}

Result<void> HotLog::tend() {
    auto const pages = database_.wal_pages();
    auto& now = copying_;
    if (pages < k_wal_pages) {
        // It has begun anew. With a limit SQLite would not keep its place when it is closed.
        bool const was_held = now.held;
        now = {};
        return was_held ? database_.limit_log(-1) : Result<void>();
    }
    bool const due =
        pages >= now.again_at || (now.held && std::chrono::steady_clock::now() >= now.again_after);
    if (!due) return {};
    if (copier_->busy()) {
        if (now.held || pages < k_wal_pages_max) return {};
        copier_->wait(); // the disk cannot follow
    }
    auto const copied = now.passes > 0 ? copier_->copied() : 0;
    if (pages - copied <= k_few_pages) return finish_copying(pages);
    // What does not get on is kept by somebody who reads.
    if (now.passes > 0 && copied <= now.before) {
        return note_held(pages);
    }
    if (now.passes >= k_passes_max && pages - copied <= k_wal_pages) return finish_copying(pages);
    now.before = std::max(now.before, copied);
    ++now.passes;
    copier_->begin();
    return {};
}

// Nobody writes while this runs: all of it is copied, and the next commit begins the log anew.
// Unless somebody reads at this moment; then it is tried again a little later.
Result<void> HotLog::finish_copying(std::int64_t pages) {
    auto& now = copying_;
    now.again_at = pages + k_few_pages;
    if (pages < k_wal_pages_max) {
        TRY(database_.checkpoint());
        return {};
    }
    bool const anew = TRY(database_.restart_log());
    if (!anew) return note_held(pages);
    return now.held ? probe() : Result<void>(); // a commit, which cuts the file back
}

// Tried again at growing distances, or after a second.
Result<void> HotLog::note_held(std::int64_t pages) {
    auto& now = copying_;
    now.before = copier_->copied();
    now.passes = 0;
    now.distance = std::clamp(2 * now.distance, k_few_pages, k_wal_pages);
    now.again_at = pages + now.distance;
    now.again_after = std::chrono::steady_clock::now() + k_held_pause;
    if (now.held || pages < k_wal_pages_max) return {};
    now.held = true;
    return database_.limit_log(k_wal_bytes);
}

std::int64_t HotLog::held_bytes() const {
    return copying_.held ? database_.wal_pages() * k_page_bytes : 0;
}

Result<void> HotLog::checkpoint() {
    copier_->wait();
    TRY(database_.checkpoint());
    return {};
}

} // namespace ds
