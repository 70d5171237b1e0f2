// A foreign reader keeps the write-ahead log: it costs room, and no time.
#include "storage/hot_log.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

namespace ds {

namespace {

using Steady = std::chrono::steady_clock;

struct HeldLane {
    TempDir home;
    std::string path = home.path() + "/lane.db";
    HotLog log = *HotLog::open(path, Durability::os);
    std::string body = std::string(256 * 1024, 'x');
    std::int64_t seq = 0;
    std::chrono::duration<double> slowest{0};

    void append() {
        auto const began = Steady::now();
        REQUIRE(log.begin());
        REQUIRE(log.insert_row(++seq, 1, "head", body));
        REQUIRE(log.commit());
        REQUIRE(log.tend());
        slowest = std::max<std::chrono::duration<double>>(slowest, Steady::now() - began);
    }
    std::uintmax_t log_bytes() const { return std::filesystem::file_size(path + "-wal"); }
};

} // namespace

TEST_CASE("held log: appends do not wait for a foreign reader, and the file is cut back after it") {
    HeldLane lane;
    lane.append();
    auto foreign = sqlite::Database::open(lane.path, sqlite::Open::read_only);
    REQUIRE(foreign);
    REQUIRE(foreign->execute("BEGIN"));
    REQUIRE(foreign->query_integer("SELECT count(*) FROM log_0"));

    constexpr std::uintmax_t k_held = 200 * std::uintmax_t{1024} * 1024;
    while (lane.log_bytes() < k_held)
        lane.append();
    CHECK(lane.slowest.count() < 1.0);
    CHECK(lane.log.held_bytes() > 128 * 1024 * 1024);

    REQUIRE(foreign->execute("COMMIT"));
    // Nobody appends: it is enough that the lane looks now and then.
    auto const until = Steady::now() + std::chrono::seconds(30);
    while (lane.log.held_bytes() > 0 && Steady::now() < until) {
        REQUIRE(lane.log.tend());
        std::this_thread::yield();
    }
    CHECK(lane.log.held_bytes() == 0);
    CHECK(lane.log_bytes() < 60 * std::uintmax_t{1024} * 1024);
    lane.append();
    CHECK(lane.slowest.count() < 1.0);
}

} // namespace ds
