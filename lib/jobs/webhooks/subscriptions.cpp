// The thread: take what has arrived, decide, and pass on what follows.
#include "jobs/webhooks/subscriptions.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "model/content.h"
#include "storage/data_directory.h"

#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace ds::webhooks {

namespace {

using Steady = std::chrono::steady_clock;

// Requests that may wait at once.
constexpr std::size_t k_requests_max = 4096;
// Names of streams that may wait: beyond it everything is looked at instead.
constexpr std::size_t k_names_max = 65'536;
// After a commit that failed, and for timers only: whoever asks is answered at once.
constexpr std::chrono::seconds k_commit_retry{1};
// That the directory has a database of subscriptions.
constexpr std::string_view k_fact_subscriptions = "subscriptions";

// 96 bits, so that no two wakes share an id.
std::string fresh_wake_id() {
    constexpr std::size_t k_bytes = 12;
    return "w_" + base64url_encode(random_bytes(k_bytes));
}

double fresh_jitter() {
    std::uint32_t drawn = 0;
    auto const bytes = random_bytes(sizeof drawn);
    std::memcpy(&drawn, bytes.data(), sizeof drawn);
    return static_cast<double>(drawn) / static_cast<double>(UINT32_MAX);
}

std::string text_of(Refusal why) {
    switch (why) {
    case Refusal::stream_not_found:
    case Refusal::stream_gone: return "the wake stream does not exist";
    case Refusal::stream_closed: return "the wake stream is closed";
    case Refusal::content_type_mismatch: return "the wake stream is not of type application/json";
    default: return "the wake stream takes no appends at the moment";
    }
}

DeliveryEnd append_end(WakeDelivery const& delivery, Answer const& answer) {
    DeliveryEnd end{delivery.wake, DeliveryEnd::How::taken, {}, {}};
    if (auto const* const refused = std::get_if<Refused>(&answer)) {
        end.how = DeliveryEnd::How::failed;
        end.trouble = text_of(refused->why);
    }
    return end;
}

// A database that was there, and is missing or empty, takes all subscriptions along, and the key
// that signs webhooks. True when it was ever there.
Result<bool> tell_if_lost(DataDirectory const& directory) {
    std::error_code failed;
    auto const path = directory.path() + "/subscriptions.db";
    bool const there = std::filesystem::file_size(path, failed) > 0 && !failed;
    bool const known = TRY(directory.fact(k_fact_subscriptions)).has_value();
    if (!there && known)
        log_event(Level::error, "subscriptions.lost",
                  {{"database", path},
                   {"effect", "there are none any more, and webhooks are signed with a new key"},
                   {"remedy", "stop the server, put the file back, and start it again"}});
    return known;
}

} // namespace

Subscriptions::Subscriptions(Engine& engine, AsyncFetch& fetch, Settings const& settings)
    : Courier(settings.mailbox),
      engine_(engine),
      clock_(engine.clock()),
      streams_(engine, settings.mailbox),
      deliverer_(std::make_unique<Deliverer>(
          fetch, clock_, [this] { return *keys_.lock(); },
          [this](EndedDelivery ended) { put_end(std::move(ended)); }, settings.deliveries)) {}

Result<std::unique_ptr<Subscriptions>> Subscriptions::open(Engine& engine, AsyncFetch& fetch,
                                                           Settings settings) {
    auto const& directory = engine.parts().directory;
    bool const known = TRY(tell_if_lost(directory));
    auto table = TRY(SubscriptionTable::open(directory.path()));
    // Without room it is noted at a later start.
    if (!known) static_cast<void>(directory.set_fact(k_fact_subscriptions, "yes"));
    std::unique_ptr<Subscriptions> made(new Subscriptions(engine, fetch, settings));
    auto& self = *made;
    Chance chance{fresh_wake_id, fresh_jitter};
    self.registry_ = TRY(Registry::open(std::move(table), std::move(settings.registry),
                                        self.streams_, std::move(chance), self.clock_.now()));
    *self.keys_.lock() = self.registry_->keys();
    engine.enrol(self);
    if (self.registry_->size() > 0) engine.tell_of_newcomers(self);
    self.box_.lock()->look_at_all = self.registry_->size() > 0;
    self.thread_ = std::thread([&self] {
        pthread_setname_np(pthread_self(), "ds-subs");
        self.run();
    });
    return made;
}

Subscriptions::~Subscriptions() {
    stop();
}

void Subscriptions::stop() {
    put([](Box& box) { box.closed = true; });
    if (thread_.joinable()) thread_.join();
    deliverer_->stop();
}

template <typename Change>
void Subscriptions::put(Change change) {
    change(*box_.lock());
    arrived_.notify_one();
}

bool Subscriptions::submit(SubscriptionRequest& request) {
    // Before anything is looked at: a stream is then either found or told of.
    if (std::holds_alternative<CreateSubscription>(request.command))
        engine_.tell_of_newcomers(*this);
    bool taken = false;
    put([&](Box& box) {
        taken = !box.closed && box.requests.size() < k_requests_max;
        if (taken) box.requests.put(std::move(request));
    });
    return taken;
}

bool Subscriptions::rotate_key(Registry::Rotated rotated) {
    bool taken = false;
    put([&](Box& box) {
        taken = !box.closed && box.rotations.size() < k_requests_max;
        if (taken) box.rotations.push_back(std::move(rotated));
    });
    return taken;
}

std::string Subscriptions::jwks() const {
    auto const keys = *keys_.lock();
    return keys->jwks(clock_.now());
}

void Subscriptions::deliver(Parcel parcel) {
    put([&](Box& box) {
        for (auto const& advance : parcel.advances)
            box.changed.insert(advance->stream->name.full());
        for (auto& answered : parcel.answers)
            box.answers.push_back(std::move(answered));
        if (box.changed.size() < k_names_max) return;
        box.changed.clear();
        box.look_at_all = true;
    });
}

void Subscriptions::on_created(std::shared_ptr<Stream> const& stream) {
    put([&](Box& box) {
        box.created.insert(stream->name.full());
        if (box.created.size() < k_names_max) return;
        box.created.clear();
        box.look_at_all = true;
    });
}

void Subscriptions::put_end(EndedDelivery ended) {
    put([&](Box& box) { box.ended.push_back(std::move(ended)); });
}

Steady::time_point Subscriptions::wake_at() const {
    auto const now = Steady::now();
    auto const due = registry_->next_due();
    if (sick_) return now + k_commit_retry;
    if (!due) return now + std::chrono::hours(1);
    auto const left = *due - clock_.now();
    return now + std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(1),
                                                       std::chrono::hours(1));
}

void Subscriptions::run() {
    bool closed = false;
    while (!closed) {
        Box taken;
        std::vector<SubscriptionRequest> requests;
        {
            auto box = box_.lock();
            box.wait_until(arrived_, wake_at(),
                           [](Box const& now) { return now.closed || !now.empty(); });
            std::swap(*box, taken);
            closed = box->closed = taken.closed;
            // At the end everybody is replied to.
            requests = taken.requests.take(
                [this](SubscriptionRequest const& one) { return registry_->weigh(one); },
                closed ? k_any_weight : k_batch_weight);
            box->requests = std::move(taken.requests);
        }
        auto outcome = registry_->run(news_in(taken, std::move(requests)), clock_.now());
        if (closed) outcome.deliveries.clear(); // they are made after the next start
        publish(std::move(outcome));
    }
}

Registry::News Subscriptions::news_in(Box& box, std::vector<SubscriptionRequest> requests) {
    Registry::News news;
    news.look_at_all = box.look_at_all;
    news.created.assign(box.created.begin(), box.created.end());
    news.changed.assign(box.changed.begin(), box.changed.end());
    news.ended = std::move(box.ended);
    news.requests = std::move(requests);
    news.rotations = std::move(box.rotations);
    for (auto const& [ticket, answer] : box.answers) {
        auto const found = announced_.find(ticket);
        if (found == announced_.end()) continue;
        news.ended.push_back({found->second.number, append_end(found->second, answer)});
        announced_.erase(found);
    }
    return news;
}

void Subscriptions::publish(Registry::Outcome outcome) {
    tell_fault(outcome.fault);
    *keys_.lock() = registry_->keys();
    for (auto& [reply, with] : outcome.replies)
        reply(std::move(with));
    for (auto& [rotated, kid] : outcome.rotated)
        rotated(std::move(kid));
    for (auto& delivery : outcome.deliveries)
        if (delivery.wake_stream.empty())
            deliverer_->put(std::move(delivery));
        else
            announce(std::move(delivery));
}

// Section 7.2: the wake event is an append like any other.
void Subscriptions::announce(WakeDelivery delivery) {
    Append append;
    if (auto name = parse_stream_name(delivery.wake_stream)) append.name = *std::move(name);
    append.content_type = "application/json";
    append.messages = split_messages(Bytes(std::move(delivery.body)), true);
    append.body_was_empty = false;
    Ask ask(std::move(append));
    auto const ticket = next_ticket_++;
    auto const [at, fresh] = announced_.emplace(ticket, std::move(delivery));
    if (engine_.submit(ask, {this, ticket})) return;
    put_end({at->second.number, append_end(at->second, Refused{.why = Refusal::busy})});
    announced_.erase(at);
}

void Subscriptions::tell_fault(std::optional<Error> const& fault) {
    if (fault && !sick_)
        log_event(Level::error, "subscriptions.sick",
                  {{"error", fault->what}, {"effect", "nobody is woken until it is over"}});
    if (!fault && sick_) log_event(Level::info, "subscriptions.well");
    sick_ = fault.has_value();
}

} // namespace ds::webhooks
