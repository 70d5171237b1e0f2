// Rendering the answers. Members are in the order in which they are documented.
#include "frontends/streams/estuary_answers.h"

#include "protocol/headers.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace ds::streams {

namespace {

using Document = nlohmann::ordered_json;

Response answer(Document const& document) {
    return json_response(200, document.dump());
}

Document subscription_of(EstuaryFacts::Subscription const& subscription) {
    auto const& form = subscription.form;
    bool const envelope = form.mode == CopyMode::envelope;
    Document document{{"streamId", subscription.source.stream()},
                      {"mode", envelope ? "envelope" : "plain"}};
    if (form.notify_above > 0) document["notifyAbove"] = form.notify_above;
    document["sinceOffset"] = format_offset(subscription.since);
    document["ackedOffset"] = nullptr;
    if (auto const& acknowledged = subscription.acknowledged)
        document["ackedOffset"] = format_offset(*acknowledged);
    if (auto const& missed = subscription.missed) document["missedBefore"] = format_offset(*missed);
    return document;
}

std::string_view text_of(FanoutTold::Mode mode) {
    switch (mode) {
    case FanoutTold::Mode::skipped: return "skipped";
    case FanoutTold::Mode::made: return "inline";
    case FanoutTold::Mode::queued: return "queued";
    case FanoutTold::Mode::circuit_open: return "circuit-open";
    }
    return "skipped";
}

} // namespace

Response estuary_response(Subscribed const& subscribed) {
    return answer({{"estuaryId", subscribed.estuary.stream()},
                   {"streamId", subscribed.source.stream()},
                   {"estuaryStreamPath", stream_path(subscribed.estuary)},
                   {"expiresAt", subscribed.expires_ms},
                   {"isNewEstuary", subscribed.is_new},
                   {"sinceOffset", format_offset(subscribed.since)}});
}

Response estuary_response(Unsubscribed const& unsubscribed) {
    return answer({{"success", true},
                   {"estuaryId", unsubscribed.estuary.stream()},
                   {"streamId", unsubscribed.source.stream()},
                   {"unsubscribed", true}});
}

Response estuary_response(Touched const& touched) {
    return answer({{"estuaryId", touched.estuary.stream()}, {"expiresAt", touched.expires_ms}});
}

Response estuary_response(EstuaryRemoved const& removed) {
    return answer({{"estuaryId", removed.estuary.stream()}, {"deleted", true}});
}

Response estuary_response(EstuaryFacts const& facts) {
    auto subscriptions = Document::array();
    for (auto const& subscription : facts.subscriptions)
        subscriptions.push_back(subscription_of(subscription));
    return answer({{"estuaryId", facts.estuary.stream()},
                   {"estuaryStreamPath", stream_path(facts.estuary)},
                   {"subscriptions", std::move(subscriptions)},
                   {"contentType", facts.content_type},
                   {"expiresAt", facts.expires_ms}});
}

Response estuary_response(EstuariesListed const& listed) {
    auto estuaries = Document::array();
    for (auto const& one : listed.estuaries)
        estuaries.push_back({{"estuaryId", one.name.stream()},
                             {"subscriptions", one.subscriptions},
                             {"contentType", one.content_type},
                             {"expiresAt", one.expires_ms}});
    return answer({{"estuaries", std::move(estuaries)}, {"more", listed.more}});
}

void add_fanout(Response& response, FanoutTold const& told) {
    response.add(header::stream_fanout_count, told.subscribers);
    response.add(header::stream_fanout_successes, told.copies);
    // What could not be copied is copied later, or announced.
    response.add(header::stream_fanout_failures, std::uint64_t{0});
    response.add(header::stream_fanout_mode, text_of(told.mode));
    // Besides those that pages of other origins are always shown.
    response.add("Access-Control-Expose-Headers",
                 "Stream-Fanout-Count, Stream-Fanout-Successes, Stream-Fanout-Failures, "
                 "Stream-Fanout-Mode");
}

} // namespace ds::streams
