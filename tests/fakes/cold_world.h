// A world whose sealed segments go to an object store that lives on when the engine restarts, and
// that can be made to fail.
#pragma once

#include "fakes/engine_world.h"
#include "fakes/switched_store.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace ds::test {

inline bool go_on(std::uint64_t, std::uint64_t, std::string const&) {
    return true;
}

// What is done in the background is done when `ready` says so, or the test fails.
inline bool eventually(std::function<bool()> const& ready) {
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!ready()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

struct ColdWorld : World {
    SwitchedStore::Objects objects = SwitchedStore::none();

    // Segments of `messages`.
    explicit ColdWorld(std::uint32_t messages = 3) {
        options.segment.messages = messages;
        reaping.retention_pause = std::chrono::milliseconds(1);
        options.open_store = [this](DataDirectory const&) -> Result<std::unique_ptr<ObjectStore>> {
            return std::unique_ptr<ObjectStore>(std::make_unique<SwitchedStore>(objects));
        };
        restart();
    }

    // Everything that is sealed is in the store.
    bool rotated(std::string const& name) {
        auto const followed = stream(name);
        return eventually([&] { return followed->rotation()->waiting().count == 0; });
    }
    // Everything that was in the log of a stream is in the store.
    bool is_cold(std::string const& name) {
        return rotated(name) && stream(name)->rotation()->holdings().hot_rows == 0;
    }
    void append_each(std::string const& name, std::string const& letters) {
        for (char const letter : letters)
            ask(append(name, std::string(1, letter)));
    }
};

} // namespace ds::test
