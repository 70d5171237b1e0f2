// One source, the estuaries that subscribe to it, and what each of them must hold.
//
// A feeder asks one thing at a time, so that what must be there is known exactly; only what was
// under way when the server was killed is not, and is looked up afterwards.
#pragma once

#include "crash/trouble.h"
#include "support/dice.h"
#include "support/http_client.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ds {

class Feeder {
public:
    Feeder(std::string source, std::size_t estuaries, std::uint64_t seed, Trouble& trouble);

    // Publishes, subscribes, unsubscribes and deletes until the server is gone or there is trouble.
    void run(HttpClient& client);
    // After a start: finds out what became of the unanswered request, then waits until a last
    // message has reached everybody, and holds each estuary against what it must hold. Where too
    // much may have been owed, messages may have been announced instead of copied: the estuary must
    // say so.
    bool verify(HttpClient& client);
    void let_announce(bool announces) { announces_ = announces; }

    std::uint64_t asked() const { return asked_; }
    std::uint64_t checked() const { return checked_; }

private:
    enum class Deed {
        none,
        publish,
        subscribe,
        unsubscribe,
        delete_estuary,
        delete_source,
        create
    };
    struct Inbox {
        std::string id;
        bool subscribed = false;
        std::string content; // empty and not subscribed: it may be missing
        // What was published since it was last looked at, and how many of those before this
        // subscription.
        std::vector<std::string> awaited{};
        std::size_t before = 0;

        void let_in() {
            subscribed = true;
            before = awaited.size();
        }
        std::size_t size() const;
    };
    // What an estuary must hold, held against what it holds.
    enum class Match { all, behind, wrong };

    bool step(HttpClient& client);
    bool create(HttpClient& client);
    bool publish(HttpClient& client);
    bool subscribe(HttpClient& client, Inbox& inbox);
    bool unsubscribe(HttpClient& client, Inbox& inbox);
    bool delete_estuary(HttpClient& client, Inbox& inbox);
    bool delete_source(HttpClient& client);
    // False when no answer came: `deed` is then unanswered. A server that is behind is asked again.
    std::optional<HttpResponse> ask(HttpClient& client, Deed deed, HttpRequest const& request,
                                    std::vector<int> const& wanted);
    void note_published();
    bool settle(HttpClient& client);
    std::optional<std::string> read_all(HttpClient& client, std::string const& name,
                                        std::string offset = "-1");
    std::optional<bool> is_subscribed(HttpClient& client, Inbox const& inbox);
    // What the source holds beyond what may be left out of the estuary; none: nothing may.
    std::optional<std::string> beyond_missed(HttpClient& client, Inbox const& inbox);
    Match match(HttpClient& client, Inbox const& inbox, std::string const& now);
    bool verify(HttpClient& client, Inbox& inbox);
    bool fail(std::string const& what) { return trouble_.report(source_ + ": " + what); }

    std::string source_; // "project/stream"
    Dice dice_;
    Trouble& trouble_;
    std::vector<Inbox> inboxes_;
    bool there_ = false;
    std::string content_; // of the source
    std::string message_; // that is being published
    std::uint64_t number_ = 0;
    std::string lacks_;      // an estuary, when it was last looked at
    bool announces_ = false; // now, or when it was looked at before
    Deed unanswered_ = Deed::none;
    Inbox* about_ = nullptr;
    std::uint64_t asked_ = 0;
    std::uint64_t checked_ = 0;
};

} // namespace ds
