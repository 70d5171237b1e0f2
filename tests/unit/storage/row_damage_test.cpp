// One bit of a row flipped, wherever it is: found, and not given.
#include "storage/hot_log.h"
#include "storage/hot_reader.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <string>

namespace ds {

namespace {

std::string damaged_head(std::uint64_t start) {
    BlockHead head;
    head.start = start;
    head.count = 1;
    std::string bytes;
    encode_block_head(bytes, head);
    return bytes;
}

struct DamagedLane {
    TempDir home;
    std::string path = home.path() + "/lane.db";

    DamagedLane() {
        auto log = HotLog::open(path, Durability::os);
        REQUIRE(log);
        REQUIRE(log->begin());
        for (std::int64_t seq = 1; seq <= 4; ++seq)
            REQUIRE(log->insert_row(seq, 7, damaged_head(seq), "body " + std::to_string(seq)));
        REQUIRE(log->insert_payload(90, "shared"));
        REQUIRE(log->insert_reference(5, 8, damaged_head(0), 90));
        REQUIRE(log->insert_reference(6, 9, damaged_head(0), 90));
        REQUIRE(log->commit());
    }
    void damage(std::string const& sql) const {
        auto database = sqlite::Database::open(path, sqlite::Open::read_write);
        REQUIRE(database);
        REQUIRE(database->execute(sql.c_str()));
    }
    // The numbers of rows that are given, by each way there is.
    std::string given() const {
        std::string numbers;
        auto log = HotLog::open(path, Durability::os);
        auto reader = HotReader::open(path);
        REQUIRE(log);
        REQUIRE(reader);
        for (std::int64_t seq = 1; seq <= 6; ++seq) {
            auto const mine = log->read_row(seq);
            REQUIRE(reader->begin());
            auto const read = reader->read(seq);
            CHECK(mine.has_value() == read.has_value());
            if (read && *read) numbers += std::to_string(seq);
            if (!read) CHECK(read.error().fault == Fault::corrupt);
            reader->end();
        }
        std::string all;
        REQUIRE(reader->each_row([&](std::int64_t seq, std::int64_t, HotReader::Row const& row) {
            if (row.intact) all += std::to_string(seq);
            return Result<void>();
        }));
        CHECK(all == numbers);
        return numbers;
    }
    std::string heads_damaged() const {
        std::string numbers;
        auto log = HotLog::open(path, Durability::os);
        REQUIRE(log);
        REQUIRE(log->each_row([&](LogRecord const& row) -> Result<void> {
            if (row.damaged) numbers += std::to_string(row.seq);
            return {};
        }));
        return numbers;
    }
};

} // namespace

TEST_CASE("row damage: whole rows hold") {
    DamagedLane const lane;
    CHECK(lane.given() == "123456");
    CHECK(lane.heads_damaged().empty());
}

TEST_CASE("row damage: a bit of a body") {
    DamagedLane const lane;
    lane.damage("UPDATE log_0 SET body = CAST(x'626f647921' || substr(body, 6) AS BLOB) "
                "WHERE seq = 2");
    CHECK(lane.given() == "13456");
    CHECK(lane.heads_damaged().empty()); // a start reads no bodies
}

TEST_CASE("row damage: a bit of a head, or of whose row it is") {
    DamagedLane const lane;
    // The time it came at: no reader would miss it.
    lane.damage("UPDATE log_0 SET head = CAST(substr(head, 1, 7) || x'02' || substr(head, 9) AS "
                "BLOB) WHERE seq = 3");
    lane.damage("UPDATE log_0 SET stream = 6 WHERE seq = 4");
    CHECK(lane.given() == "1256");
    CHECK(lane.heads_damaged() == "34");
}

TEST_CASE("row damage: of a body that rows share, and of which one they share") {
    DamagedLane const lane;
    lane.damage("UPDATE payload SET body = x'536861726564'");
    CHECK(lane.given() == "1234");
    DamagedLane const other;
    other.damage("INSERT INTO payload SELECT 91, body, NULL FROM payload; "
                 "UPDATE log_0 SET payload = 91 WHERE seq = 6");
    CHECK(other.given() == "12345");
    CHECK(other.heads_damaged() == "6");
}

TEST_CASE("row damage: rows from before there were sums are taken as they are") {
    DamagedLane const lane;
    lane.damage("UPDATE log_0 SET sum = NULL; UPDATE payload SET sum = NULL");
    CHECK(lane.given() == "123456");
}

} // namespace ds
