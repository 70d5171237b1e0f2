// Subscriptions, how far they are, and the keys of webhooks, as DIR/subscriptions.db keeps them
// (mode 0600: private keys are in it).
//
//     subscription   number, whose it is, what was asked for, and where its wake stands
//     link           a stream of a subscription: how it came to it, and how far it is acknowledged
//     floor          by project: the highest generation of a subscription that was deleted
//     signing_key    Ed25519 keys; the one without an end signs, the others are still published
//     secret         what tokens are signed with: 32 random bytes
//
// What is pending is kept nowhere: it follows from the streams. One transaction for each batch.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ds {

struct SubscriptionRow {
    std::int64_t number = 0; // stands for it here; an id may come again, this does not
    std::string project;     // empty: over all streams
    std::string id;
    std::int64_t kind = 0;
    std::string pattern; // empty: none
    std::string webhook_url;
    std::string wake_stream; // full name
    std::int64_t lease_ttl_ms = 0;
    std::string description;
    std::string hash;   // of all that was asked for
    std::string origin; // what its URLs begin with
    std::int64_t created_ms = 0;

    std::int64_t generation = 0;
    std::int64_t phase = 0;
    std::string wake_id;
    std::string holder;
    std::int64_t lease_until_ms = 0;
    std::int64_t attempts = 0; // that failed in a row
    std::int64_t next_attempt_ms = 0;
    std::string trouble; // why the last one failed

    friend bool operator==(SubscriptionRow const&, SubscriptionRow const&) = default;
};

struct SubscriptionLink {
    std::string stream;         // full name
    std::int64_t kinds = 0;     // bits
    std::int64_t stream_id = 0; // 0: there is no stream of that name
    std::int64_t acked_position = 0;
    std::string acked; // token; empty: before the first message
    std::int64_t acks_from = 0;
};

struct SigningKeyRow {
    std::string kid;
    std::string seed; // empty once it does not sign any more
    std::string public_key;
    std::int64_t created_ms = 0;
    std::int64_t retired_ms = 0; // 0: it signs
};

class SubscriptionTable {
public:
    // Makes what is missing in the data directory `data`, which must exist.
    static Result<SubscriptionTable> open(std::string const& data);

    std::string const& secret() const { return secret_; }
    Result<void> each(std::function<void(SubscriptionRow)> const& visit);
    Result<void>
    each_link(std::function<void(std::int64_t subscription, SubscriptionLink)> const& visit);
    Result<void>
    each_floor(std::function<void(std::string project, std::int64_t generation)> const& visit);
    Result<void> each_key(std::function<void(SigningKeyRow)> const& visit);

    // The one transaction in which everything below is called: all of it is on the disk when this
    // returns, or nothing of it is.
    Result<void> change(std::function<Result<void>()> const& changes);

    Result<void> put(SubscriptionRow const& row);
    Result<void> remove(std::int64_t subscription); // with its links
    Result<void> put_link(std::int64_t subscription, SubscriptionLink const& link);
    Result<void> remove_link(std::int64_t subscription, std::string_view stream);
    Result<void> set_floor(std::string_view project, std::int64_t generation);
    Result<void> put_key(SigningKeyRow const& key);
    Result<void> remove_key(std::string_view kid);

private:
    static Result<SubscriptionTable> open_tables(std::string const& path);
    explicit SubscriptionTable(sqlite::Database database) : database_(std::move(database)) {}

    sqlite::Database database_;
    sqlite::Statement put_;
    sqlite::Statement put_link_;
    sqlite::Statement remove_link_;
    std::string secret_;
};

} // namespace ds
