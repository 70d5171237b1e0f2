// A stream that has subscribers: who they are, and which copies it owes them.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "engine/stream.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

struct Subscription {
    std::int64_t id = 0;
    std::shared_ptr<Stream> estuary;
    std::uint64_t since = 0;
    Offset since_at; // its token
    CopyForm form;
    std::optional<Offset> acknowledged;
    std::optional<Offset> missed{}; // copies of what is before may have been left out
};

// After so many commits in a row that failed with copies of a source in them, it has to wait.
inline constexpr unsigned k_circuit_failures = 5;
inline constexpr std::chrono::seconds k_circuit_pause{60};
inline constexpr std::chrono::seconds k_fanout_retry{1}; // after fewer of them

// What a copy takes in the log, roughly. A large body is there once, whoever has it.
inline constexpr std::uint64_t k_copy_bytes = 128;
inline constexpr std::uint64_t k_copied_body_max = 1 * k_kib;
constexpr std::uint64_t cost_of_copy(std::uint64_t body_bytes) {
    return k_copy_bytes + std::min(body_bytes, k_copied_body_max);
}

// A stream that has subscribers.
struct FanoutSource {
    // Appends from `position` on have not been copied to everybody; that one has been copied to the
    // subscriptions up to `served`. What lies before `announced` is not copied any more: one
    // announcement stands for all of it, and counts as one row.
    struct Debt {
        std::uint64_t position = 0;
        std::int64_t served = 0;
        std::uint64_t rows = 0;  // from `position` to the tail
        std::uint64_t bytes = 0; // that their copies take for each subscriber
        std::uint64_t announced = 0;
        std::string aside{}; // why it is not tried any more; empty: it is

        bool is_announced() const { return announced > position; }
    };
    std::shared_ptr<Stream> stream;
    std::vector<Subscription> subscriptions; // by id
    std::optional<Debt> debt;
    bool ends = false;     // as soon as nothing is owed: meanwhile nothing is appended
    unsigned failures = 0; // in a row
    Millis retry_at{};
    bool queued = false; // among those that take turns
    std::string blame;   // of a commit that failed because of its copies alone

    // Of an id that is there.
    Subscription& find(std::int64_t subscription);
    std::uint64_t bytes_owed() const { return debt ? debt->bytes * subscriptions.size() : 0; }
    // It will be paid. What was set aside is not waited for.
    bool is_owing() const { return debt && debt->aside.empty(); }
    bool circuit_is_open() const { return failures >= k_circuit_failures; }
};

} // namespace ds
