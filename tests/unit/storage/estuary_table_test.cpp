// What is written of estuaries is read again.
#include "storage/hot_log.h"
#include "storage/hot_reader.h"
#include "support/sure.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace ds {

namespace {

struct Tables {
    std::vector<std::int64_t> estuaries;
    std::vector<SubscriptionRecord> subscriptions;
    std::vector<FanoutRecord> fanouts;
};

Tables all_in(EstuaryTable& table) {
    Tables found;
    auto const keep = [](auto& list) {
        return [&list](auto const& record) -> Result<void> {
            list.push_back(record);
            return {};
        };
    };
    REQUIRE(table.each_estuary(keep(found.estuaries)));
    REQUIRE(table.each_subscription(keep(found.subscriptions)));
    REQUIRE(table.each_fanout(keep(found.fanouts)));
    return found;
}

} // namespace

TEST_CASE("estuary table: every record comes back, and goes when it is removed") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    SubscriptionRecord const plain{1, 4, 9, 100, {2, 7}, {}, std::nullopt};
    SubscriptionRecord const envelope{1, 2, 8, 0, {0, 0}, {CopyMode::envelope, 77}, Offset{3, 500}};
    auto log = test::sure(HotLog::open(path, Durability::os));
    auto& table = log->estuaries();
    REQUIRE(log->begin());
    for (auto const id : {9, 8})
        REQUIRE(table.insert_estuary(id));
    for (auto const& record : {plain, envelope})
        REQUIRE(table.insert_subscription(record));
    REQUIRE(table.set_fanout({1, 50, 0}));
    REQUIRE(table.set_fanout({1, 60, 2}));
    REQUIRE(table.set_fanout({2, 7, 1, 9, "it cannot be written"}));
    REQUIRE(table.set_acknowledged(1, 4, {5, 6}));
    REQUIRE(table.set_missed(1, 4, {5, 9}));
    REQUIRE(log->commit());

    auto reader = test::sure(HotReader::open(path));
    auto const found = all_in(reader->estuaries());
    auto acknowledged = plain;
    acknowledged.acknowledged = Offset{5, 6};
    acknowledged.missed = Offset{5, 9};
    CHECK(found.estuaries == std::vector<std::int64_t>{8, 9});
    CHECK(found.subscriptions == std::vector<SubscriptionRecord>{envelope, acknowledged});
    CHECK(found.fanouts ==
          std::vector<FanoutRecord>{{1, 60, 2}, {2, 7, 1, 9, "it cannot be written"}});

    REQUIRE(log->begin());
    REQUIRE(table.remove_estuary(9));
    REQUIRE(table.remove_subscription(1, 2));
    REQUIRE(table.remove_fanout(1));
    REQUIRE(table.remove_fanout(2));
    REQUIRE(log->commit());
    auto const less = all_in(table);
    CHECK(less.estuaries == std::vector<std::int64_t>{8});
    CHECK(less.subscriptions.size() == 1);
    CHECK(less.fanouts.empty());
    REQUIRE(log->begin());
    REQUIRE(table.remove_subscriptions_to(1));
    REQUIRE(log->commit());
    CHECK(all_in(table).subscriptions.empty());
}

TEST_CASE("estuary table: an offset that cannot be is damage, not the end of the program") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    auto log = test::sure(HotLog::open(path, Durability::os));
    REQUIRE(log->begin());
    REQUIRE(log->estuaries().insert_subscription({1, 4, 9, 100, {2, 7}, {}, Offset{1, 1}}));
    REQUIRE(log->commit());
    auto database = test::sure(sqlite::Database::open(path, sqlite::Open::read_write));
    for (auto const* column : {"since_position", "acked_segment"}) {
        auto const set = [&](char const* value) {
            auto const sql = std::string("UPDATE subscription SET ") + column + " = " + value;
            REQUIRE(database->execute(sql.c_str()));
        };
        set("-1");
        auto const read =
            log->estuaries().each_subscription([](auto const&) { return Result<void>(); });
        REQUIRE_FALSE(read);
        CHECK(read.error().fault == Fault::corrupt);
        set("1");
    }
}

TEST_CASE("hot log: rows share a body, and say so when it is not there") {
    TempDir const home;
    auto const path = home.path() + "/lane.db";
    auto log = test::sure(HotLog::open(path, Durability::os));
    BlockHead head;
    head.count = 1;
    std::string bytes;
    encode_block_head(bytes, head);
    REQUIRE(log->begin());
    REQUIRE(log->insert_payload(70, "shared words"));
    REQUIRE(log->insert_row(1, 1, bytes, "own"));
    REQUIRE(log->insert_reference(2, 1, bytes, 70));
    REQUIRE(log->insert_reference(3, 2, bytes, 70));
    REQUIRE(log->insert_reference(4, 2, bytes, 71));
    REQUIRE(log->commit());
    std::vector<std::uint32_t> sizes;
    std::vector<bool> shared;
    REQUIRE(log->each_row([&](LogRecord const& record) -> Result<void> {
        sizes.push_back(record.body_bytes);
        shared.push_back(record.payload.has_value());
        return {};
    }));
    CHECK(sizes == std::vector<std::uint32_t>{3, 12, 12, 0});
    CHECK(shared == std::vector<bool>{false, true, true, true});
    CHECK((*log->read_row(3))->body == "shared words");
    CHECK((*log->read_row(1))->body == "own");
    CHECK(*log->payload_of(2) == 70);
    CHECK_FALSE(*log->payload_of(1));
    CHECK_FALSE(*log->payload_of(5));

    auto reader = test::sure(HotReader::open(path));
    CHECK((*reader->read(1))->body == "own");
    CHECK((*reader->read(2))->body == "shared words");
    CHECK_FALSE(reader->read(4));
    CHECK_FALSE(reader->each_row(
        [](std::int64_t, std::int64_t, HotReader::Row const&) -> Result<void> { return {}; }));
    REQUIRE(log->begin());
    REQUIRE(log->remove_payload(70));
    REQUIRE(log->commit());
    CHECK_FALSE(reader->read(2));
}

} // namespace ds
