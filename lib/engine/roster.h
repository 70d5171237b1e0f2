// Who subscribes to what in a lane, and which copies each source owes.
//
// Only the lane's thread touches it. A batch changes it as it goes; keep() makes the changes last,
// undo() takes them back when the commit failed.
//
// What is owed is two numbers for each source, whatever the number of subscribers and of appends
// that wait: there is no queue. A subscription is about 120 bytes.
#pragma once

#include "base/clock.h"
#include "base/text_hash.h"
#include "engine/fanout_counts.h"
#include "engine/fanout_source.h"
#include "engine/fanout_turns.h"
#include "engine/stream.h"
#include "storage/estuary_table.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ds {

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

    // Which source makes copies next.
    FanoutTurns turns() { return {sources_, queue_}; }
    std::optional<Millis> next_turn_at(Millis now) const { return queue_.next_at(sources_, now); }
    // A commit with copies of these sources in it.
    void note_failed(std::vector<std::int64_t> const& sources, Millis now);
    void note_made(std::vector<std::int64_t> const& sources);

    void keep();
    void undo();

    // Of a start: before anything else, by source and id. The last id is the largest that was
    // given.
    void recover(std::shared_ptr<Stream> const& source, std::shared_ptr<Stream> const& estuary,
                 SubscriptionRecord const& record);
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

    FanoutSources sources_;
    std::unordered_map<std::int64_t, Estuary> estuaries_;
    std::unordered_map<std::string, Count, TextHash, std::equal_to<>> of_projects_;
    FanoutQueue queue_;
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
