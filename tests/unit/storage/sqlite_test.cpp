// What SQLite refuses is an error of the statement, and of no other.
#include "storage/sqlite.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <sys/mman.h>

#include <string>
#include <string_view>

namespace ds {

namespace {

// More than SQLite takes, without taking it from anybody: pages that nobody touches.
class Gigabyte {
public:
    Gigabyte() : bytes_(::mmap(nullptr, k_size, PROT_READ, k_flags, -1, 0)) {
        REQUIRE(bytes_ != MAP_FAILED);
    }
    ~Gigabyte() { ::munmap(bytes_, k_size); }
    Gigabyte(Gigabyte const&) = delete;
    Gigabyte& operator=(Gigabyte const&) = delete;
    std::string_view view() const { return {static_cast<char const*>(bytes_), k_size}; }

private:
    static constexpr std::size_t k_size = std::size_t{1} << 30U;
    static constexpr int k_flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* bytes_;
};

} // namespace

TEST_CASE("sqlite: what cannot be bound or stored is a fault of its row alone") {
    TempDir const home;
    auto database = sqlite::Database::open(home.path() + "/x.db", sqlite::Open::read_write);
    REQUIRE(database);
    REQUIRE(database->execute("CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB NOT NULL) STRICT"));
    auto insert = database->prepare("INSERT INTO t VALUES (?, ?)");
    REQUIRE(insert);
    Gigabyte const large;
    REQUIRE(database->execute("BEGIN"));
    REQUIRE(insert->bind(1, 1).bind_blob(2, "one").run());
    for (bool const as_text : {false, true}) {
        auto& row = insert->bind(1, 2);
        auto const refused =
            (as_text ? row.bind_text(2, large.view()) : row.bind_blob(2, large.view())).run();
        REQUIRE_FALSE(refused);
        CHECK(is_of_a_row(refused.error().fault));
    }
    auto const twice = insert->bind(1, 1).bind_blob(2, "again").run();
    REQUIRE_FALSE(twice);
    CHECK(is_of_a_row(twice.error().fault));
    auto const nothing = insert->bind(1, 3).bind_null(2).run();
    REQUIRE_FALSE(nothing);
    CHECK(is_of_a_row(nothing.error().fault));
    CHECK_FALSE(insert->bind(7, 3).run()); // there is no such parameter
    // The others are there.
    REQUIRE(insert->bind(1, 4).bind_blob(2, "four").run());
    REQUIRE(database->execute("COMMIT"));
    auto const rows = database->query_integer("SELECT count(*) FROM t WHERE id IN (1, 4)");
    REQUIRE(rows);
    CHECK(*rows == 2);
}

} // namespace ds
