// Signing, sending, and reading what a receiver says.
#include "jobs/webhooks/deliverer.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace ds::webhooks {

namespace {

// An answer says done or not: more of it is not read.
constexpr std::size_t k_answer_bytes_max = std::size_t{64} * 1024;
constexpr std::chrono::milliseconds k_connect{10'000};

bool says_done(std::string const& body) {
    auto const document = nlohmann::json::parse(body, nullptr, false);
    if (document.is_discarded() || !document.is_object()) return false;
    auto const done = document.find("done");
    return done != document.end() && *done == true;
}

DeliveryEnd failed_end(WakeDelivery const& delivery, std::string trouble) {
    return {delivery.wake, DeliveryEnd::How::failed, std::move(trouble), delivery.shown};
}

DeliveryEnd webhook_end(WakeDelivery const& delivery, Result<FetchReply> const& reply) {
    if (!reply) return failed_end(delivery, reply.error().what);
    if (reply->status < 200 || reply->status > 299)
        return failed_end(delivery, "the receiver answered " + std::to_string(reply->status));
    bool const done = says_done(reply->body);
    return {
        delivery.wake, done ? DeliveryEnd::How::done : DeliveryEnd::How::taken, {}, delivery.shown};
}

} // namespace

Deliverer::Deliverer(AsyncFetch& fetch, Clock const& clock, Keys keys, Tell tell,
                     DeliveryLimits limits)
    : fetch_(fetch),
      clock_(clock),
      keys_(std::move(keys)),
      tell_(std::move(tell)),
      queue_(DeliveryQueue(limits)) {}

Deliverer::~Deliverer() {
    stop();
}

void Deliverer::stop() {
    fetch_.stop();
}

void Deliverer::put(WakeDelivery delivery) {
    if (delivery.target.host.empty())
        return tell_(
            {delivery.number, failed_end(delivery, "the server does not allow this URL any more")});
    queue_.lock()->put(std::move(delivery));
    begin_what_may();
}

void Deliverer::begin_what_may() {
    // One at a time: nothing is begun while the queue is locked.
    while (auto delivery = queue_.lock()->take())
        begin(*std::move(delivery));
}

void Deliverer::begin(WakeDelivery delivery) {
    AsyncRequest asked;
    auto& request = asked.request;
    request.method = "POST";
    request.url = delivery.url;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Webhook-Signature", keys_()->sign(delivery.body, clock_.now()));
    request.headers.add("User-Agent", "ds");
    request.limits = {std::min(k_connect, delivery.patience), delivery.patience, delivery.patience};
    request.redirects = Redirects::never;
    request.reach = delivery.target.reach;
    asked.body = std::move(delivery.body);
    asked.reply_bytes_max = k_answer_bytes_max;
    asked.done = [this, sent = std::move(delivery)](Result<FetchReply> const& reply) {
        ended(sent, webhook_end(sent, reply));
    };
    fetch_.start(std::move(asked));
}

void Deliverer::ended(WakeDelivery const& delivery, DeliveryEnd end) {
    queue_.lock()->ended(delivery.scope.project, delivery.target.host);
    tell_({delivery.number, std::move(end)});
    begin_what_may();
}

} // namespace ds::webhooks
