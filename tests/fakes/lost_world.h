// A world that loses its data directory, and gets a new one out of its object store.
#pragma once

#include "fakes/cold_world.h"
#include "upkeep/backup.h"
#include "upkeep/restore.h"
#include "upkeep/verify.h"

#include <filesystem>
#include <string>
#include <utility>

namespace ds::test {

struct LostWorld : ColdWorld {
    std::string lost_identity;

    // The data directory is gone; a new one is made of what is in the store.
    upkeep::RestoreTally lose_and_restore(upkeep::RestoreOptions how = {}) {
        lost_identity = engine->identity();
        stop();
        std::filesystem::remove_all(options.data);
        SwitchedStore store(objects);
        how.data = options.data;
        auto tally = upkeep::restore(how, store, clock, go_on);
        REQUIRE_MESSAGE(tally, (tally ? "" : tally.error().what));
        start();
        auto const checked =
            upkeep::verify_lanes(engine->parts().directory.lane_paths(), &store, {}, go_on);
        CHECK_MESSAGE(checked, (checked ? "" : checked.error().what));
        return *std::move(tally);
    }
    void back_up() {
        SwitchedStore store(objects);
        REQUIRE(upkeep::back_up(engine->parts().directory, store, clock.now(), 2, go_on));
    }
    bool has(std::string const& name) {
        return std::holds_alternative<std::shared_ptr<Stream>>(engine->find(name_of(name)));
    }
};

} // namespace ds::test
