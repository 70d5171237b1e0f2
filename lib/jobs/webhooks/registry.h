// All subscriptions of a server: what happened goes in, replies and calls come out, and between the
// two lies one commit.
//
//     auto outcome = registry.run(std::move(news), now);   // decided, and on the disk
//     for (auto& [reply, with] : outcome.replies) reply(with);
//     for (auto& call : outcome.calls) ...                  // and its end is news again
//
// One thread at a time. When the commit fails nothing has happened: what is kept is read again,
// and whoever asked is told so.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "jobs/webhooks/limits.h"
#include "jobs/webhooks/request.h"
#include "jobs/webhooks/signing.h"
#include "jobs/webhooks/streams_view.h"
#include "jobs/webhooks/subscription.h"
#include "jobs/webhooks/webhook_url.h"
#include "storage/subscription_table.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ds::webhooks {

// A wake on its way to its receiver.
struct Outgoing {
    std::int64_t number = 0;
    WakeName wake;
    Realm realm;
    std::string body;
    std::string wake_stream; // full name; empty: a webhook
    std::string url;
    WebhookTarget target;
    std::chrono::milliseconds patience{0};
    std::shared_ptr<std::vector<Shown> const> shown;
};

class Registry {
public:
    struct Settings {
        WebhookRules rules;
        std::string public_url; // of the server; empty: as whoever subscribed saw it
        SubscriptionLimits limits{};
    };
    static Result<std::unique_ptr<Registry>> open(SubscriptionTable table, Settings settings,
                                                  StreamsView& streams, Chance chance, Millis now);

    struct Ended {
        std::int64_t number = 0;
        CallEnd end;
    };
    using Rotated = std::function<void(Result<std::string> kid)>;
    struct News {
        bool look_at_all = false; // streams may have changed unnoticed
        std::vector<std::string> created;
        std::vector<std::string> changed;
        std::vector<Ended> ended;
        std::vector<Request> requests;
        std::vector<Rotated> rotations; // of the key that signs
    };
    struct Outcome {
        std::vector<std::pair<std::function<void(Reply)>, Reply>> replies;
        std::vector<std::pair<Rotated, Result<std::string>>> rotated;
        std::vector<Outgoing> calls;
        std::optional<Error> fault; // of the commit
    };
    Outcome run(News news, Millis now);
    // How much there is to do for a request, about: links and streams to be looked at.
    std::size_t weigh(Request const& request) const;
    // When to run without news; empty: never.
    std::optional<Millis> next_due() const;

    std::size_t size() const { return subscriptions_.size(); }
    std::shared_ptr<KeyRing const> keys() const { return keys_; }

private:
    struct Usage {
        std::size_t subscriptions = 0;
        std::size_t links = 0;
    };
    using Numbers = std::set<std::int64_t>;

    Registry(SubscriptionTable table, Settings settings, StreamsView& streams, Chance chance);
    Result<void> load(Millis now);
    Result<void> load_keys(Millis now);
    void forget_all();
    void undo(Millis now);
    Outcome refuse_all(News& news, Error const& fault);
    void index(Subscription& subscription);
    Subscription* find(Realm const& realm, std::string const& id);
    // For change: what it was is remembered until the end of the batch.
    Subscription& edit(std::int64_t number);
    void settle_edited(Millis now, Outcome& outcome);
    void schedule(Subscription const& subscription);
    Outgoing outgoing(Subscription const& subscription, Millis now) const;
    Result<void> write();
    Result<void> write_changes();

    // Links (registry_links.cpp).
    void look_at_all();
    void on_created(std::string const& stream);
    void on_changed(std::string const& stream);
    void look(Subscription& subscription, std::string const& stream);
    void match(Subscription& subscription, std::string const& stream);
    enum class From : std::uint8_t { tail, start };
    Link& link(Subscription& subscription, std::string const& stream, From from);
    void unlink(Subscription& subscription, std::string const& stream);
    // How many links more there may be.
    std::size_t room_of(Subscription const& subscription) const;
    // Empty when more than `most` streams match: all of them are not looked for.
    std::optional<std::vector<std::string>> matching(Subscription const& subscription,
                                                     std::size_t most);

    // Requests (registry_requests.cpp).
    Reply answer(Request& request, Millis now);
    Reply on_create(Request& request, Create& deed, Millis now);
    Reply on_found(Request const& request, Subscription& found, Millis now);
    Reply take(Request const& request, Subscription& found, Show const& deed, Millis now);
    Reply take(Request const& request, Subscription& found, Delete const& deed, Millis now);
    Reply take(Request const& request, Subscription& found, AddStreams const& deed, Millis now);
    Reply take(Request const& request, Subscription& found, RemoveStream const& deed, Millis now);
    Reply take(Request const& request, Subscription& found, Claim const& deed, Millis now);
    Reply take(Request const& request, Subscription& found, Acknowledge const& deed, Millis now);
    Reply take(Request const& request, Subscription& found, Release const& deed, Millis now);
    std::optional<WakeName> token_of(Request const& request, std::string_view token) const;
    bool shows_good_token(Request const& request) const;
    std::string origin_of(std::string const& seen) const;
    void on_ended(Ended const& ended, Millis now);
    Result<std::string> rotate_key(Millis now);

    SubscriptionTable table_;
    Settings const settings_;
    StreamsView& streams_;
    Chance const chance_;

    std::map<std::int64_t, Subscription> subscriptions_;
    std::map<std::pair<Realm, std::string>, std::int64_t> by_id_;
    std::unordered_map<std::string, Numbers> by_link_;
    std::unordered_map<std::string, Numbers> by_wake_stream_;
    Numbers with_pattern_;
    std::map<std::string, std::uint64_t, std::less<>> floors_; // by project
    std::map<std::string, Usage, std::less<>> usage_;          // by project
    std::set<std::pair<Millis, std::int64_t>> due_;
    std::map<std::int64_t, Millis> due_at_;
    std::shared_ptr<KeyRing const> keys_;
    std::int64_t next_number_ = 1;
    Numbers in_flight_;               // calls whose end has not been news yet
    bool unseen_ = true;              // nothing has been looked at since the start
    std::optional<Error> unreadable_; // what is kept could not be read again

    // Of the batch at work.
    std::map<std::int64_t, SubscriptionRow> edited_; // as they were
    std::set<std::int64_t> removed_;
    std::set<std::pair<std::int64_t, std::string>> edited_links_;
    std::set<std::string> edited_floors_;
    std::shared_ptr<KeyRing const> new_keys_;
};

} // namespace ds::webhooks
