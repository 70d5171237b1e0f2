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

CallEnd failed(Outgoing const& call, std::string trouble) {
    return {call.wake, CallEnd::How::failed, std::move(trouble), call.shown};
}

CallEnd end_of(Outgoing const& call, Result<FetchReply> const& reply) {
    if (!reply) return failed(call, reply.error().what);
    if (reply->status < 200 || reply->status > 299)
        return failed(call, "the receiver answered " + std::to_string(reply->status));
    bool const done = says_done(reply->body);
    return {call.wake, done ? CallEnd::How::done : CallEnd::How::taken, {}, call.shown};
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

void Deliverer::put(Outgoing call) {
    if (call.target.host.empty())
        return tell_({call.number, failed(call, "the server does not allow this URL any more")});
    queue_.lock()->put(std::move(call));
    begin_what_may();
}

void Deliverer::begin_what_may() {
    // One at a time: nothing is begun while the queue is locked.
    while (auto call = queue_.lock()->take())
        begin(*std::move(call));
}

void Deliverer::begin(Outgoing call) {
    AsyncRequest asked;
    auto& request = asked.request;
    request.method = "POST";
    request.url = call.url;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Webhook-Signature", keys_()->sign(call.body, clock_.now()));
    request.headers.add("User-Agent", "ds");
    request.limits = {std::min(k_connect, call.patience), call.patience, call.patience};
    request.redirects = Redirects::never;
    request.reach = call.target.reach;
    asked.body = std::move(call.body);
    asked.reply_bytes_max = k_answer_bytes_max;
    asked.done = [this, sent = std::move(call)](Result<FetchReply> const& reply) {
        ended(sent, end_of(sent, reply));
    };
    fetch_.start(std::move(asked));
}

void Deliverer::ended(Outgoing const& call, CallEnd end) {
    queue_.lock()->ended(call.realm.project, call.target.host);
    tell_({call.number, std::move(end)});
    begin_what_may();
}

} // namespace ds::webhooks
