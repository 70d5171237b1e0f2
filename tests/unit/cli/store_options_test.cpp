// Promises of cli/store_options: what a data directory remembers, and what nothing prints.
#include "cli/command_line.h"
#include "cli/serve_options.h"
#include "cli/store_options.h"
#include "fakes/manual_clock.h"
#include "fakes/scripted_fetch.h"
#include "support/sure.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using namespace ds;
namespace fs = std::filesystem;

namespace {

struct Remembering {
    TempDir home;
    test::ManualClock clock;
    test::ScriptedFetch fetch{{}};
    StoreChoice choice;
    std::string data = home.path() + "/data";

    // Where the store is that this choice opens, or what is wrong.
    Result<std::string> opened() {
        auto const directory = TRY(DataDirectory::open(data, 1));
        auto const store = TRY(store_opener(choice, fetch, clock)(directory));
        return store ? store->where() : "none";
    }
    std::string remembered() {
        auto const directory = test::sure(DataDirectory::open(data, 1));
        auto const fact = test::sure(directory->fact("store"));
        return fact->value_or("(nothing)");
    }
    void say(std::string const& where, bool moved = false) {
        choice.settings.where = where;
        choice.moved = moved;
    }
    void say_s3(std::string const& where) {
        say(where);
        choice.settings.endpoint = "https://r2.test";
        choice.settings.access_key = "id";
        choice.settings.secret_key = "secret";
    }
};

} // namespace

TEST_CASE("store: unless told otherwise it is the directory's own folder, wherever that is moved") {
    Remembering world;
    CHECK(*world.opened() == world.data + "/cold");
    CHECK(world.remembered() == "cold");
    fs::rename(world.data, world.home.path() + "/elsewhere");
    world.data = world.home.path() + "/elsewhere";
    CHECK(*world.opened() == world.data + "/cold");
    world.say(world.data + "/../elsewhere/cold"); // the same, said in another way
    CHECK(world.opened());
    CHECK(world.remembered() == "cold");
}

TEST_CASE("store: the place is remembered, and another one is refused before it is made") {
    Remembering world;
    auto const first = world.home.path() + "/first";
    auto const second = world.home.path() + "/second";
    world.say(first);
    CHECK(world.opened());
    CHECK(world.remembered() == first);
    world.say("");
    CHECK(*world.opened() == first);

    world.say(second);
    auto const refused = world.opened();
    REQUIRE(!refused);
    CHECK(refused.error().fault == Fault::invalid);
    for (auto const& part : {first, second, std::string("--store-moved")})
        CHECK(refused.error().what.find(part) != std::string::npos);
    CHECK(!fs::exists(second));
    CHECK(world.remembered() == first);

    world.say(second, true);
    CHECK(*world.opened() == second);
    world.say("");
    CHECK(*world.opened() == second);
}

TEST_CASE("store: a bucket is remembered with its endpoint, and never with a key") {
    Remembering world;
    world.say_s3("s3://history/ds");
    CHECK(world.opened());
    CHECK(world.remembered() == "s3://history/ds at https://r2.test");
    world.say("");
    world.choice.settings.endpoint.clear();
    CHECK(*world.opened() == "s3://history/ds at https://r2.test");
    world.choice.settings.endpoint = "https://other.test";
    CHECK(!world.opened());
    world.say_s3("s3://history/other");
    auto const refused = world.opened();
    REQUIRE(!refused);
    CHECK(refused.error().what.find("secret") == std::string::npos);

    // Nobody has named a store, so it is told which one wants a key, and who says so.
    world.say("");
    world.choice.settings.endpoint.clear();
    world.choice.settings.access_key.clear();
    world.choice.settings.secret_key.clear();
    auto const keyless = world.opened();
    REQUIRE(!keyless);
    for (auto const& part :
         {std::string("the store s3://history/ds"), world.data, std::string("--store-access-key")})
        CHECK(keyless.error().what.find(part) != std::string::npos);
}

TEST_CASE("store: none is none, and changes nothing of what is remembered") {
    Remembering world;
    world.say("none");
    CHECK(*world.opened() == "none");
    CHECK(world.remembered() == "(nothing)");
    world.say("");
    CHECK(world.opened());
    world.say("none");
    CHECK(*world.opened() == "none");
    CHECK(world.remembered() == "cold");
}

TEST_CASE("store: a directory that was restored goes on with the store it came from") {
    Remembering world;
    auto const vault = world.home.path() + "/vault";
    {
        auto const directory = test::sure(DataDirectory::open(world.data, 1));
        StoreSettings settings;
        settings.where = vault;
        auto const store = test::sure(open_store(settings, world.fetch, world.clock));
        CHECK(remember_store(*directory, **store));
    }
    CHECK(*world.opened() == vault);
}

TEST_CASE("store: keys are shown in no configuration, given or not") {
    CommandLine line;
    ServeOptions options;
    add_serve_options(line, options);
    REQUIRE(line.read({"--store-access-key", "HIDDEN1", "--store-secret-key", "HIDDEN2",
                       "--store-session-token", "HIDDEN3", "--store", "s3://shown"}));
    CHECK(settled(options.store).secret_key == "HIDDEN2");
    auto const shown = line.effective_config();
    CHECK(shown.find("s3://shown") != std::string::npos);
    for (auto const* hidden : {"HIDDEN", "secret-key", "access-key", "session-token"}) {
        CAPTURE(hidden);
        CHECK(shown.find(hidden) == std::string::npos);
    }
}

TEST_CASE("serve: what is said of history comes to what the engine is given") {
    CommandLine line;
    ServeOptions options;
    add_serve_options(line, options);
    REQUIRE(line.read({"--rotate-messages", "7", "--rotate-age", "1.5", "--rotate-compression",
                       "zstd", "--retain-age", "60", "--gc-grace", "2", "--backup-every", "3",
                       "--keep-hot", "--admin-listen", "127.0.0.1:4438", "--data", "d"}));
    REQUIRE(settle(options));
    auto const& rotate = options.engine.rotate;
    CHECK(options.engine.segment.messages == 7);
    CHECK(rotate.age == std::chrono::milliseconds(1500));
    CHECK(rotate.compression == Compression::zstd);
    CHECK(rotate.retain.age_ms == 60'000);
    CHECK(options.reaping.gc_grace == std::chrono::seconds(2));
    CHECK(options.reaping.backup_every == std::chrono::seconds(3));
    CHECK(rotate.keep_hot);
    REQUIRE(options.admin);
    CHECK(options.admin->port == 4438);
    CHECK(options.admin->data == "d");
    options.admin_listen = "none";
    REQUIRE(settle(options));
    CHECK(!options.admin);
    options.admin_listen = "4438";
    CHECK(!settle(options));
}
