// What the readers and writers of one thread of a load test share. Touched by that thread alone.
#pragma once

#include "loadtest/endpoint.h"
#include "loadtest/load_plan.h"
#include "loadtest/tally.h"
#include "loadtest/wire.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ds {

using Steady = std::chrono::steady_clock;

struct LoadWorld {
    LoadPlan const& plan;
    Endpoint const& read_endpoint;
    Endpoint const& write_endpoint;
    WireLoop loop;
    Tally tally;
    Steady::time_point began;
    std::uint64_t connected = 0;             // readers
    std::array<std::uint64_t, 2> finished{}; // readers over SSE, and with long-polls
    bool ending = false;

    LoadWorld(LoadPlan const& the_plan, Endpoint const& readers, Endpoint const& writers,
              Steady::time_point the_beginning)
        : plan(the_plan),
          read_endpoint(readers),
          write_endpoint(writers),
          loop(the_plan.cache_header, the_plan.ca_file),
          began(the_beginning) {}

    // The second of the run that it is now.
    Second& second() {
        auto const since = std::chrono::duration_cast<std::chrono::seconds>(Steady::now() - began);
        auto const index = static_cast<std::size_t>(std::max<std::int64_t>(since.count(), 0));
        if (index >= tally.seconds.size()) tally.seconds.resize(index + 1);
        return tally.seconds[index];
    }
    // The clock by which writers say when they wrote.
    double now_ms() const {
        auto const since = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration<double, std::milli>(since).count();
    }
    void note_error(std::string_view cause) {
        ++second().errors;
        // A server that says something new each time must not fill the memory.
        constexpr std::size_t k_causes_max = 100;
        if (!count_one(tally.errors, cause, k_causes_max)) ++tally.errors["others"];
    }
};

// The head of a request, up to where more header lines may follow.
std::string request_head(std::string_view method, Endpoint const& endpoint, LoadPlan const& plan,
                         std::string_view path_and_query);

} // namespace ds
