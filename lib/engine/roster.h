// Who subscribes to what in a lane, and which copies each source owes.
//
// Only the lane's thread touches it. A batch changes it as it goes; keep() makes the changes last,
// undo() takes them back when the commit failed.
//
// What is owed is two numbers for each source, whatever the number of subscribers and of appends
// that wait: there is no queue. A subscription is about 120 bytes.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/text_hash.h"
#include "engine/fanout_counts.h"
#include "engine/stream.h"
#include "storage/estuary_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
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

    std::uint64_t bytes_owed() const { return debt ? debt->bytes * subscriptions.size() : 0; }
    // It will be paid. What was set aside is not waited for.
    bool is_owing() const { return debt && debt->aside.empty(); }
    bool circuit_is_open() const { return failures >= k_circuit_failures; }
};

class Roster {
public:
    struct Estuary {
        std::shared_ptr<Stream> stream;
        std::vector<std::pair<FanoutSource*, std::int64_t>> subscriptions; // with their ids
    };

    bool empty() const { return sources_.empty(); }
    // Null when it has no subscribers.
    FanoutSource* source(Stream const& stream);
    // Null when it is no estuary.
    Estuary* estuary(Stream const& stream);
    void each_estuary(std::function<void(Estuary const&)> const& visit) const {
        for (auto const& [id, one] : estuaries_)
            visit(one);
    }
    // Null when there is none.
    Subscription* subscription(FanoutSource& source, Stream const& estuary);
    // Of an id that is there.
    Subscription& find(FanoutSource& source, std::int64_t id);
    // Whether what is appended to `stream` gets into `other`.
    bool feeds(Stream const& stream, Stream const& other);

    void add_estuary(std::shared_ptr<Stream> const& stream);
    // Once it has no subscriptions any more.
    void remove_estuary(Stream const& stream);
    // Its id is the next one.
    Subscription& subscribe(std::shared_ptr<Stream> const& source,
                            std::shared_ptr<Stream> const& estuary, Head const& since,
                            CopyForm form);
    void unsubscribe(FanoutSource& source, std::int64_t id);
    // All subscriptions to a stream, and what it owes.
    void remove_source(Stream const& stream);
    void acknowledge(Subscription& subscription, FanoutSource const& source, Offset offset);
    void miss(Subscription& subscription, FanoutSource const& source, Offset before);
    // What a project has of both.
    struct Count {
        std::uint64_t estuaries = 0;
        std::uint64_t subscriptions = 0;
    };
    Count count_of(std::string_view project) const;
    void set_debt(FanoutSource& source, std::optional<FanoutSource::Debt> debt);

    // Those that owe copies take turns. Null when there is none whose turn it is; `failing` ones
    // are those whose last commit failed.
    enum class Failing : std::uint8_t { too, skipped };
    FanoutSource* next_turn(Failing failing);
    void give_turn(FanoutSource& source); // again
    void pause(FanoutSource& source, Millis until);
    // When the next one has its turn; empty: nobody owes anything.
    std::optional<Millis> next_turn_at(Millis now) const;
    // Those whose pause is over take turns again.
    void end_pauses(Millis now);
    // A commit with copies of these sources in it.
    void note_failed(std::vector<std::int64_t> const& sources, Millis now);
    void note_made(std::vector<std::int64_t> const& sources);

    void keep();
    void undo();

    // Of a start: before anything else, by source and id. The last id is the largest that was
    // given.
    void recover(std::shared_ptr<Stream> const& source, std::shared_ptr<Stream> const& estuary,
                 SubscriptionRecord const& record);
    void recover_debt(FanoutSource& source, FanoutSource::Debt const& debt);
    void count_in(FanoutCounts& counts);
    FanoutCounts* counts() { return counts_; }

private:
    using Change = std::function<void()>;

    FanoutSource& source_to_change(std::shared_ptr<Stream> const& stream);
    void insert(FanoutSource& source, Subscription subscription);
    Subscription erase(FanoutSource& source, std::int64_t id);
    // Counts one more, or one less.
    void count(Stream const& estuary, std::uint64_t Count::*which, std::int64_t change);
    void change_debt(FanoutSource& source, std::optional<FanoutSource::Debt> const& debt);
    void tell_counts();

    std::unordered_map<std::int64_t, std::shared_ptr<FanoutSource>> sources_;
    std::unordered_map<std::int64_t, Estuary> estuaries_;
    std::unordered_map<std::string, Count, TextHash, std::equal_to<>> of_projects_;
    std::deque<std::int64_t> turns_;
    std::vector<std::int64_t> paused_;
    std::int64_t last_id_ = 0;
    std::vector<Change> undo_;
    struct Tally {
        std::uint64_t subscriptions = 0, behind = 0, owed = 0, open = 0, estuaries = 0, aside = 0;
    };
    Tally tally_;
    Tally told_; // what this roster has added to the counts
    FanoutCounts* counts_ = nullptr;
};

} // namespace ds
