// What is kept of subscriptions: columns by their names and order, a round trip, and all or
// nothing.
#include "storage/subscription_table.h"
#include "support/temp_dir.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <string>
#include <vector>

namespace ds {

namespace {

SubscriptionRow sample() {
    return {7,
            "shop",
            "s",
            1,
            "a/*",
            "https://x.example/",
            "shop/w",
            30'000,
            "for orders",
            "hash",
            "http://server",
            11,
            12,
            2,
            "w_1",
            "worker",
            13,
            14,
            15,
            "refused"};
}

std::vector<std::string> columns(std::string const& data, std::string const& table) {
    auto database = sqlite::Database::open(data + "/subscriptions.db", sqlite::Open::read_only);
    REQUIRE(database);
    auto rows =
        database->prepare("SELECT name || ' ' || type FROM pragma_table_info('" + table + "')");
    REQUIRE(rows);
    std::vector<std::string> all;
    for (auto row = rows->step(); row && *row; row = rows->step())
        all.emplace_back(rows->text(0));
    return all;
}
void check_is_sample(SubscriptionRow const& row) {
    auto const want = sample();
    CHECK(row.number == want.number);
    CHECK(row.project == want.project);
    CHECK(row.id == want.id);
    CHECK(row.kind == want.kind);
    CHECK(row.pattern == want.pattern);
    CHECK(row.webhook_url == want.webhook_url);
    CHECK(row.wake_stream == want.wake_stream);
    CHECK(row.lease_ttl_ms == want.lease_ttl_ms);
    CHECK(row.description == want.description);
    CHECK(row.hash == want.hash);
    CHECK(row.origin == want.origin);
    CHECK(row.created_ms == want.created_ms);
    CHECK(row.generation == want.generation);
    CHECK(row.phase == want.phase);
    CHECK(row.wake_id == want.wake_id);
    CHECK(row.holder == want.holder);
    CHECK(row.lease_until_ms == want.lease_until_ms);
    CHECK(row.attempts == want.attempts);
    CHECK(row.next_attempt_ms == want.next_attempt_ms);
    CHECK(row.trouble == want.trouble);
}

} // namespace

TEST_CASE("subscription table: what was kept once is found in the same place for ever") {
    TempDir const home;
    REQUIRE(SubscriptionTable::open(home.path()));
    using Columns = std::vector<std::string>;
    CHECK(columns(home.path(), "subscription") ==
          test::between_bars(
              "number INTEGER|project TEXT|id TEXT|kind INTEGER|pattern TEXT|webhook_url TEXT|"
              "wake_stream TEXT|lease_ttl_ms INTEGER|description TEXT|hash TEXT|origin TEXT|"
              "created_ms INTEGER|generation INTEGER|phase INTEGER|wake_id TEXT|holder TEXT|"
              "lease_until_ms INTEGER|attempts INTEGER|next_attempt_ms INTEGER|trouble TEXT"));
    CHECK(columns(home.path(), "link") ==
          Columns{"subscription INTEGER", "stream TEXT", "kinds INTEGER", "stream_id INTEGER",
                  "acked_position INTEGER", "acked TEXT", "acks_from INTEGER"});
    CHECK(columns(home.path(), "floor") == Columns{"project TEXT", "generation INTEGER"});
    CHECK(columns(home.path(), "signing_key") == Columns{"kid TEXT", "seed TEXT", "public_key TEXT",
                                                         "created_ms INTEGER",
                                                         "retired_ms INTEGER"});
}

TEST_CASE("subscription table: private keys are for the owner's eyes only") {
    TempDir const home;
    REQUIRE(SubscriptionTable::open(home.path()));
    struct stat found {};
    REQUIRE(::stat((home.path() + "/subscriptions.db").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600);
}

TEST_CASE("subscription table: rows come back as they were, those of a change that failed do not") {
    TempDir const home;
    std::string secret;
    {
        auto table = SubscriptionTable::open(home.path());
        REQUIRE(table);
        secret = table->secret();
        REQUIRE(table->change([&]() -> Result<void> {
            TRY(table->put(sample()));
            TRY(table->put_link(7, {"shop/a/1", 3, 5, 6, "0000000000000001_0000000000000002", 4}));
            TRY(table->put_link(7, {"shop/a/2", 1, 0, 0, "", 0}));
            TRY(table->put_link(7, {"shop/a/3", 1, 0, 0, "", 0}));
            TRY(table->remove_link(7, "shop/a/3"));
            TRY(table->set_floor("shop", 9));
            return table->put_key({"ds_k", std::string("\0seed", 5), "public", 1, 2});
        }));
        auto const undone = table->change([&]() -> Result<void> {
            TRY(table->remove(7));
            return Error{Fault::busy, "on purpose"};
        });
        REQUIRE_FALSE(undone);
        CHECK(undone.error().what == "on purpose");
    }
    auto table = SubscriptionTable::open(home.path());
    REQUIRE(table);
    CHECK(table->secret() == secret);
    int rows = 0;
    REQUIRE(table->each([&](SubscriptionRow const& row) {
        check_is_sample(row);
        ++rows;
    }));
    CHECK(rows == 1);
    std::vector<std::string> links;
    REQUIRE(table->each_link([&](std::int64_t number, SubscriptionLink const& link) {
        CHECK(number == 7);
        links.push_back(link.stream + " " + std::to_string(link.kinds) + " " +
                        std::to_string(link.stream_id) + " " + std::to_string(link.acked_position) +
                        " " + link.acked + " " + std::to_string(link.acks_from));
    }));
    CHECK(links == std::vector<std::string>{"shop/a/1 3 5 6 0000000000000001_0000000000000002 4",
                                            "shop/a/2 1 0 0  0"});
    REQUIRE(table->each_floor([](std::string const& project, std::int64_t generation) {
        CHECK(project == "shop");
        CHECK(generation == 9);
    }));
    REQUIRE(table->each_key([](SigningKeyRow const& key) {
        CHECK(key.seed == std::string("\0seed", 5));
        CHECK(key.public_key == "public");
        CHECK(key.retired_ms == 2);
    }));
}

} // namespace ds
