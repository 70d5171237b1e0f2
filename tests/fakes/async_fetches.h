// Two AsyncFetch: one that answers when the test says so, and one that answers at once, by a
// script.
#pragma once

#include "fakes/scripted_fetch.h"
#include "net/async_fetch.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace ds::test {

// Keeps what was started until it is answered. One thread.
class HeldFetch final : public AsyncFetch {
public:
    void start(AsyncRequest asked) override {
        if (!stopped) held.push_back(std::move(asked));
    }
    void stop() override {
        stopped = true;
        held.clear();
    }

    // Requests whose URL holds `part`.
    std::size_t count(std::string const& part) const {
        std::size_t found = 0;
        for (auto const& asked : held)
            if (asked.request.url.find(part) != std::string::npos) ++found;
        return found;
    }
    // Answers the oldest of them. False if there is none.
    bool answer(std::string const& part, int status = 204) {
        for (std::size_t i = 0; i < held.size(); ++i) {
            if (held[i].request.url.find(part) == std::string::npos) continue;
            auto const asked = std::move(held[i]);
            held.erase(held.begin() + static_cast<std::ptrdiff_t>(i));
            asked.done(FetchReply{status, {}, {}});
            return true;
        }
        return false;
    }

    std::vector<AsyncRequest> held;
    bool stopped = false;
};

// As `fetch` answers.
class PromptFetch final : public AsyncFetch {
public:
    explicit PromptFetch(Fetch& fetch) : fetch_(fetch) {}
    void start(AsyncRequest asked) override {
        asked.request.body = asked.body;
        asked.done(fetch_.fetch(asked.request));
    }
    void stop() override {}

private:
    Fetch& fetch_;
};

} // namespace ds::test
