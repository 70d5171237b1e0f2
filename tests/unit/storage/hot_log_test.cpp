// The hot log: what is committed is there, what is not is not.
#include "fakes/failing_disk.h"
#include "fakes/old_lane.h"
#include "storage/hot_log.h"
#include "storage/hot_reader.h"
#include "support/sure.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ds {

namespace {

StreamRecord stream_named(std::int64_t id, std::string name) {
    StreamRecord record;
    record.id = id;
    record.name = std::move(name);
    record.content_type = "text/plain";
    record.created_ms = record.touched_ms = 1000;
    return record;
}

std::vector<StreamRecord> streams_of(HotLog& log) {
    std::vector<StreamRecord> found;
    auto const read = log.each_stream([&](StreamRecord const& record) -> Result<void> {
        found.push_back(record);
        return {};
    });
    REQUIRE(read);
    return found;
}

std::vector<LogRecord> rows_of(HotLog& log) {
    std::vector<LogRecord> found;
    auto const read = log.each_row([&](LogRecord const& record) -> Result<void> {
        found.push_back(record);
        return {};
    });
    REQUIRE(read);
    return found;
}

std::string head_bytes(std::uint64_t start) {
    BlockHead head;
    head.start = start;
    head.count = 1;
    std::string bytes;
    encode_block_head(bytes, head);
    return bytes;
}

} // namespace

TEST_CASE("hot log: a stream's facts survive reopening, all of them") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    auto plain = stream_named(1, "p/plain");
    auto mortal = stream_named(2, "p/mortal");
    mortal.lifetime = Ttl{std::chrono::seconds(90)};
    auto dated = stream_named(5, "p/dated");
    dated.lifetime = ExpiresAt{from_count_ms(99'000)};
    dated.fork = ForkRecord{1, 17, 4, {2, 3}, Offset{1, 9}, 6};
    {
        auto log = test::sure(HotLog::open(path, Durability::full));
        REQUIRE(log->begin());
        for (auto const& record : {plain, mortal, dated})
            REQUIRE(log->insert_stream(record));
        REQUIRE(log->soft_delete_stream(1));
        REQUIRE(log->touch_stream(2, 4242));
        REQUIRE(log->commit());
    }
    auto log = test::sure(HotLog::open(path, Durability::full));
    auto const found = streams_of(*log);
    REQUIRE(found.size() == 3);
    CHECK(found[0].soft_deleted);
    CHECK(found[1].lifetime == mortal.lifetime);
    CHECK(found[1].touched_ms == 4242);
    CHECK(found[2].lifetime == dated.lifetime);
    REQUIRE(found[2].fork);
    CHECK(found[2].fork->point == 17);
    CHECK(found[2].fork->ordinal == 4);
    CHECK(found[2].fork->at == Offset{2, 3});
    CHECK(found[2].fork->asked_at == Offset{1, 9});
    CHECK(found[2].fork->asked_sub_offset == 6);
}

TEST_CASE("hot log: the id of a removed stream is never given again") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    {
        auto log = test::sure(HotLog::open(path, Durability::full));
        REQUIRE(log->insert_stream(stream_named(7, "p/s")));
        REQUIRE(log->remove_stream(7));
    }
    auto log = test::sure(HotLog::open(path, Durability::full));
    CHECK(*log->last_stream_id() == 7);
    CHECK(streams_of(*log).empty());
}

TEST_CASE("hot log: a reserved log keeps its place and its commits") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    auto const reserved_bytes = [&] { return std::filesystem::file_size(path + "-wal"); };
    for (std::int64_t round = 1; round <= 3; ++round) {
        auto log = test::sure(HotLog::open(path, Durability::full));
        REQUIRE(streams_of(*log).size() == static_cast<std::size_t>(round) - 1);
        REQUIRE(log->reserve());
        CHECK(reserved_bytes() >= 8192 * 4096);
        REQUIRE(log->insert_stream(stream_named(round, "p/s" + std::to_string(round))));
        if (round == 2) CHECK(log->checkpoint());
    }
    // Closed in good order, and still there for the next start.
    CHECK(reserved_bytes() >= 8192 * 4096);
    CHECK(reserved_bytes() < 8192 * 3 / 2 * 4200);
}

TEST_CASE("hot log: the write-ahead log stays short under writing that never stops") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    std::string const body(64 * 1024, 'x');
    constexpr std::int64_t k_rows = 3200; // 200 MiB
    std::uintmax_t largest = 0;
    {
        auto log = test::sure(HotLog::open(path, Durability::os));
        for (std::int64_t seq = 1; seq <= k_rows; ++seq) {
            REQUIRE(log->begin());
            REQUIRE(log->insert_row(seq, 1, "head", body));
            REQUIRE(log->commit());
            REQUIRE(log->tend());
            largest = std::max(largest, std::filesystem::file_size(path + "-wal"));
        }
    }
    CHECK(largest < std::uintmax_t{150} * 1024 * 1024); // writers have waited for the copier
    auto reader = test::sure(HotReader::open(path));
    REQUIRE(reader->begin());
    REQUIRE_FALSE(reader->read(1)); // its head is none, but it is there
    reader->end();
}

TEST_CASE("hot log: a batch is there as a whole or not at all") {
    TempDir const home;
    auto log = test::sure(HotLog::open(home.path() + "/lane.db", Durability::full));
    REQUIRE(log->begin());
    REQUIRE(log->insert_row(1, 1, head_bytes(0), "one"));
    REQUIRE(log->insert_row(2, 1, head_bytes(3), "two"));
    log->rollback();
    CHECK(rows_of(*log).empty());

    REQUIRE(log->begin());
    REQUIRE(log->insert_row(1, 1, head_bytes(0), "one"));
    REQUIRE(log->insert_row(2, 1, head_bytes(3), ""));
    REQUIRE(log->commit());
    auto const rows = rows_of(*log);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].body_bytes == 3);
    CHECK(rows[1].head.start == 3);
}

TEST_CASE("hot log: a reader sees what is committed while the lane goes on") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    auto log = test::sure(HotLog::open(path, Durability::full));
    auto reader = test::sure(HotReader::open(path));
    REQUIRE(log->begin());
    REQUIRE(log->insert_row(1, 1, head_bytes(0), std::string("a\0b", 3)));
    REQUIRE(reader->begin());
    auto row = test::sure(reader->read(1));
    CHECK_FALSE(row->has_value());
    REQUIRE(log->commit());
    row = reader->read(1);
    REQUIRE(row);
    CHECK_FALSE(row->has_value()); // what it sees stays as it was
    reader->end();
    REQUIRE(reader->begin());
    row = reader->read(1);
    REQUIRE(row);
    REQUIRE(row->has_value());
    CHECK((*row)->body == std::string_view("a\0b", 3));
    reader->end();
}

TEST_CASE("hot log: rows are found one after another, across gaps and backwards") {
    auto const body = [](int seq) {
        return std::string(static_cast<std::size_t>(9'000 * seq), static_cast<char>('a' + seq));
    };
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    auto log = test::sure(HotLog::open(path, Durability::full));
    REQUIRE(log->begin());
    for (int const seq : {1, 2, 3, 5, 6})
        REQUIRE(log->insert_row(seq, 1, head_bytes(0), body(seq)));
    REQUIRE(log->commit());
    auto reader = test::sure(HotReader::open(path));
    REQUIRE(reader->begin());
    for (int const seq : {1, 2, 3, 4, 5, 6, 7, 2, 3, 3, 1, 6}) {
        auto const row = test::sure(reader->read(seq));
        CHECK(row->has_value() == (seq != 4 && seq != 7));
        if (*row) CHECK((*row)->body == body(seq));
    }
    reader->end();
}

namespace {

std::vector<std::int64_t> numbers_of(HotLog& log) {
    std::vector<std::int64_t> found;
    for (auto const& row : rows_of(log))
        found.push_back(row.seq);
    return found;
}

// As a directory was before there was a ring of tables.
void make_old(std::string const& path, std::vector<std::int64_t> const& numbers) {
    REQUIRE(HotLog::open(path, Durability::os));
    auto database = test::sure(sqlite::Database::open(path, sqlite::Open::read_write));
    test::make_version_5(*database);
    REQUIRE(database->execute("DROP TABLE ring; PRAGMA user_version = 4"));
    for (unsigned table = 0; table < LogTables::k_ring; ++table)
        REQUIRE(database->execute(("DROP TABLE log_" + std::to_string(table)).c_str()));
    auto insert = test::sure(
        database->prepare("INSERT INTO log (seq, stream, head, body) VALUES (?, 1, ?, ?)"));
    auto const head = head_bytes(0);
    for (auto const seq : numbers)
        REQUIRE(insert->bind(1, seq).bind_blob(2, head).bind_blob(3, "old").run());
}

} // namespace

TEST_CASE("hot log: rows come back in their order, however often they went around the ring") {
    constexpr std::int64_t k_round = LogTables::k_stretch * LogTables::k_ring;
    std::vector<std::int64_t> const numbers{1,
                                            2,
                                            LogTables::k_stretch - 1,
                                            LogTables::k_stretch,
                                            LogTables::k_stretch + 1,
                                            k_round - 1,
                                            k_round,
                                            k_round + 2,
                                            k_round + LogTables::k_stretch + 1,
                                            5 * k_round + 1};
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    auto log = test::sure(HotLog::open(path, Durability::os));
    REQUIRE(log->begin());
    for (auto const seq : numbers)
        REQUIRE(log->insert_row(seq, 1, head_bytes(0), std::to_string(seq)));
    REQUIRE(log->commit());
    CHECK(numbers_of(*log) == numbers);
    auto reader = test::sure(HotReader::open(path));
    REQUIRE(reader->begin());
    for (auto const seq : numbers) {
        auto const row = test::sure(reader->read(seq));
        REQUIRE(row->has_value());
        CHECK((*row)->body == std::to_string(seq));
        auto const next = test::sure(reader->read(seq + 100));
        CHECK_FALSE(next->has_value());
    }
    reader->end();

    SUBCASE("a table is emptied, and the others keep what they have") {
        REQUIRE(log->empty_table(0));
        CHECK(numbers_of(*log) == std::vector<std::int64_t>{LogTables::k_stretch,
                                                            LogTables::k_stretch + 1, k_round - 1,
                                                            k_round + LogTables::k_stretch + 1});
    }
    SUBCASE("rows leave one by one") {
        REQUIRE(log->remove_rows(1, 2));
        REQUIRE(log->remove_rows(k_round, k_round + 2));
        CHECK(numbers_of(*log).size() == numbers.size() - 4);
    }
}

TEST_CASE("hot log: emptying a table writes next to nothing") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    auto log = test::sure(HotLog::open(path, Durability::os));
    std::string const body(1024, 'x');
    REQUIRE(log->begin());
    for (std::int64_t seq = LogTables::k_stretch; seq < 2 * LogTables::k_stretch; ++seq)
        REQUIRE(log->insert_row(seq, 1, head_bytes(0), body));
    REQUIRE(log->commit());
    auto const before = std::filesystem::file_size(path + "-wal");
    REQUIRE(log->empty_table(1));
    CHECK(std::filesystem::file_size(path + "-wal") - before < 64 * 1024); // of 1 MiB
    CHECK(rows_of(*log).empty());
}

TEST_CASE("hot log: what an older ds wrote stays where it is, and goes on in the ring") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    make_old(path, {3, 4, 70'000});
    auto log = test::sure(HotLog::open(path, Durability::full));
    CHECK(log->tables().first() == 70'001);
    CHECK(log->tables().table_of(70'000) == LogTables::k_old);
    CHECK(numbers_of(*log) == std::vector<std::int64_t>{3, 4, 70'000});
    REQUIRE(log->insert_row(70'001, 1, head_bytes(0), "new"));
    auto reader = test::sure(HotReader::open(path));
    REQUIRE(reader->begin());
    CHECK((*reader->read(4))->body == "old");
    CHECK((*reader->read(70'000))->body == "old");
    CHECK((*reader->read(70'001))->body == "new");
    reader->end();
    REQUIRE(log->remove_rows(3, 4));
    CHECK(numbers_of(*log) == std::vector<std::int64_t>{70'000, 70'001});
    REQUIRE(log->remove_rows(70'000, 70'000));
    log = HotLog::open(path, Durability::full);
    REQUIRE(log);
    CHECK(log->tables().first() == 70'001);
    CHECK(numbers_of(*log) == std::vector<std::int64_t>{70'001});
}

TEST_CASE("hot log: full durability syncs each commit, os durability does not") {
    test::FailingDisk const disk;
    TempDir const home;
    for (auto const durability : {Durability::full, Durability::os}) {
        bool const full = durability == Durability::full;
        auto log =
            test::sure(HotLog::open(home.path() + (full ? "/full.db" : "/os.db"), durability));
        REQUIRE(log->insert_row(1, 1, head_bytes(0), "x")); // the first commit starts the file
        auto const before = disk.syncs();
        for (int row = 2; row < 12; ++row)
            REQUIRE(log->insert_row(row, 1, head_bytes(0), "x"));
        CHECK(disk.syncs() - before == (full ? 10 : 0));
    }
}

TEST_CASE("hot log: a directory of a newer ds is refused, not guessed at") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    REQUIRE(HotLog::open(path, Durability::full));
    auto database = test::sure(sqlite::Database::open(path, sqlite::Open::read_write));
    REQUIRE(database->execute("PRAGMA user_version = 99"));
    CHECK(test::failed_as(HotLog::open(path, Durability::full)) == Fault::invalid);
}

TEST_CASE("hot log: the last names that ended are remembered, with the segment that comes next") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    {
        auto log = test::sure(HotLog::open(path, Durability::os));
        CHECK(*log->first_segment_of("p/a") == 0);
        REQUIRE(log->begin());
        REQUIRE(log->remember_ended("p/a", 3));
        REQUIRE(log->remember_ended("p/b", 9));
        REQUIRE(log->remember_ended("p/a", 5));
        CHECK(*log->first_segment_of("p/a") == 5);
        REQUIRE(log->commit());
    }
    auto log = test::sure(HotLog::open(path, Durability::os));
    CHECK(*log->first_segment_of("p/a") == 5);
    CHECK(*log->first_segment_of("p/b") == 9);
    CHECK(*log->first_segment_of("p/c") == 0);
    REQUIRE(log->begin());
    for (int name = 0; name < 65'535; ++name)
        REQUIRE(log->remember_ended("q/" + std::to_string(name), 1));
    REQUIRE(log->commit());
    CHECK(*log->first_segment_of("p/a") == 5); // the oldest of as many as there may be
    CHECK(*log->first_segment_of("p/b") == 0);
}

} // namespace ds
