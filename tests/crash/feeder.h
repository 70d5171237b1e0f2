// One source, the estuaries that subscribe to it, and what each of them must hold.
//
// A feeder asks one thing at a time, so that what must be there is known exactly; only what was
// under way when the server was killed is not, and is looked up afterwards.
#pragma once

#include "crash/trouble.h"
#include "support/dice.h"
#include "support/http_client.h"

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
    // message has reached everybody, and holds each estuary against what it must hold.
    bool verify(HttpClient& client);

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
    };

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
    std::optional<std::string> read_all(HttpClient& client, std::string const& name);
    std::optional<bool> is_subscribed(HttpClient& client, Inbox const& inbox);
    bool verify(HttpClient& client, Inbox const& inbox);
    bool fail(std::string const& what) { return trouble_.report(source_ + ": " + what); }

    std::string source_; // "project/stream"
    Dice dice_;
    Trouble& trouble_;
    std::vector<Inbox> inboxes_;
    bool there_ = false;
    std::string content_; // of the source
    std::string message_; // that is being published
    std::uint64_t number_ = 0;
    Deed unanswered_ = Deed::none;
    Inbox* about_ = nullptr;
    std::uint64_t asked_ = 0;
    std::uint64_t checked_ = 0;
};

} // namespace ds
