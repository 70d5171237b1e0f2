// Tables of a lane that say what cannot be: told as damage, at the start or when it is read, and
// never the end of the program.
#include "fakes/cold_world.h"
#include "format/stripe.h"
#include "storage/sqlite.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;
using namespace ds::test;

namespace {

// p/s has two segments in the store, and p/f is a fork of it.
struct Damaged : ColdWorld {
    Damaged() {
        ask(create("p/s"));
        append_each("p/s", "abcdefg");
        REQUIRE(rotated("p/s"));
        as<Created>(ask(fork("p/f", "p/s", Offset{1, 2})));
        as<Appended>(ask(append("p/f", "z")));
        stop();
    }
    // Whether it can be opened after a change, and the change is taken back.
    Result<void> open_after(std::string const& change) {
        auto const path = options.data + "/lane-0.db";
        {
            auto database = sqlite::Database::open(path, sqlite::Open::read_write);
            REQUIRE(database);
            auto const done = database->execute(change.c_str());
            REQUIRE_MESSAGE(done, change);
        }
        auto opened = Engine::open(options, clock);
        if (!opened) return opened.error();
        engine = *std::move(opened);
        courier = std::make_unique<WaitingCourier>(*engine);
        return {};
    }
};

} // namespace

TEST_CASE("damage: numbers that cannot be stop the start with words") {
    for (std::string const change : {
             "UPDATE stream SET fork_point = 99 WHERE fork_source IS NOT NULL",
             "UPDATE stream SET fork_point = -1 WHERE fork_source IS NOT NULL",
             "UPDATE stream SET fork_point = 1 WHERE fork_source IS NOT NULL",
             "UPDATE stream SET fork_segment = -1 WHERE fork_source IS NOT NULL",
             "UPDATE stream SET fork_position = 77 WHERE fork_source IS NOT NULL",
             "UPDATE stream SET fork_asked_position = -5 WHERE fork_source IS NOT NULL",
             "UPDATE rotated SET until = -1",
             "UPDATE rotated SET segment = -1",
             "UPDATE rotated SET position = -1, closed = 1",
             "UPDATE rotated SET earliest_start = 9223372036854775807",
             "UPDATE rotated SET earliest_segment = -1",
             "UPDATE segment SET \"end\" = 0",
             "UPDATE segment SET \"end\" = -1",
             "UPDATE segment SET start = 8000000000000000000",
         }) {
        CAPTURE(change);
        Damaged world;
        auto const opened = world.open_after(change);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().fault == Fault::corrupt);
        CHECK_FALSE(opened.error().what.empty());
    }
}

TEST_CASE("damage: an index of stripes that is not whole is told when it is read") {
    auto const blob = [](Stripes const& stripes) {
        std::string sql = "UPDATE segment SET stripes = x'";
        for (unsigned char const c : encode_stripes(stripes)) {
            constexpr char const* k_digits = "0123456789abcdef";
            sql.push_back(k_digits[c >> 4]);
            sql.push_back(k_digits[c & 15]);
        }
        return sql + "' WHERE number = 0";
    };
    constexpr std::uint64_t k_far = std::uint64_t{1} << 63;
    for (auto const& stripes :
         {Stripes{}, Stripes{{0, 0, k_far, 100, 100}}, Stripes{{0, 0, 8, UINT32_MAX, 100}},
          Stripes{{0, 0, 8, 30, 30}, {1, 1, 4, 30, 30}}, Stripes{{2, 0, 8, 30, 30}}}) {
        Damaged world;
        REQUIRE(world.open_after(blob(stripes)));
        auto const page = world.courier->page(world.stream("p/s"), 0);
        REQUIRE_FALSE(page);
        CHECK(page.error().fault == Fault::corrupt);
        // A fork that needs it is refused, and everything else goes on.
        CHECK(std::holds_alternative<Refused>(world.ask(fork("p/g", "p/s", Offset{0, 1}))));
        CHECK(world.courier->page(world.stream("p/s"), 3));
        as<Appended>(world.ask(append("p/s", "h")));
    }
}
