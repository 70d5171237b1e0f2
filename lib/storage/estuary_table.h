// Which streams are estuaries, who subscribes to what, and how far each source has been copied.
//
//     estuary       the streams that are estuaries
//     subscription  by source and id, in the order in which they were made: which estuary, from
//                   which position of the source on (and its token), in which form, how far its
//                   reader has come, and before which token copies may have been left out
//     fanout        for each source that owes copies: the position of the first append that has not
//                   been copied to everybody, and the last subscription that has it; up to which
//                   position appends are announced instead of copied; and why the fan-out of this
//                   source was set aside, if it was
//
// The log of the fan-out is the source itself: what is owed is between `position` and its tail, and
// there is no row where nothing is owed. The copies and the `fanout` row that tells of them are in
// one transaction, and so are a stream's end and that of its subscriptions.
#pragma once

#include "base/result.h"
#include "model/estuary.h"
#include "storage/sqlite.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace ds {

struct SubscriptionRecord {
    std::int64_t source = 0;
    std::int64_t id = 0; // of all subscriptions of a lane
    std::int64_t estuary = 0;
    std::uint64_t since = 0;
    Offset since_at; // its token
    CopyForm form;
    std::optional<Offset> acknowledged;
    std::optional<Offset> missed{}; // copies of what is before may have been left out

    friend bool operator==(SubscriptionRecord const&, SubscriptionRecord const&) = default;
};

struct FanoutRecord {
    std::int64_t source = 0;
    std::uint64_t position = 0;
    std::int64_t served = 0;     // 0: nobody has the append at `position`
    std::uint64_t announced = 0; // what is before is announced, not copied; 0: nothing
    std::string aside{};         // why it is not tried any more; empty: it is

    friend bool operator==(FanoutRecord const&, FanoutRecord const&) = default;
};

class EstuaryTable {
public:
    // In a database that has its tables. What changes something needs a transaction.
    static Result<EstuaryTable> open(sqlite::Database& database, sqlite::Open mode);

    Result<void> each_estuary(std::function<Result<void>(std::int64_t stream)> const& visit);
    // By source and id.
    Result<void>
    each_subscription(std::function<Result<void>(SubscriptionRecord const&)> const& visit);
    Result<void> each_fanout(std::function<Result<void>(FanoutRecord const&)> const& visit);

    Result<void> insert_estuary(std::int64_t stream);
    Result<void> remove_estuary(std::int64_t stream);
    Result<void> insert_subscription(SubscriptionRecord const& record);
    Result<void> remove_subscription(std::int64_t source, std::int64_t id);
    Result<void> remove_subscriptions_to(std::int64_t source);
    Result<void> set_acknowledged(std::int64_t source, std::int64_t id, Offset offset);
    Result<void> set_missed(std::int64_t source, std::int64_t id, Offset before);
    Result<void> set_fanout(FanoutRecord const& record);
    Result<void> remove_fanout(std::int64_t source);

private:
    sqlite::Statement estuaries_, subscriptions_, fanouts_;
    sqlite::Statement insert_estuary_, remove_estuary_, insert_subscription_, remove_subscription_;
    sqlite::Statement remove_subscriptions_to_, set_acknowledged_, set_missed_, set_fanout_;
    sqlite::Statement remove_fanout_;
};

} // namespace ds
