// Requests about estuaries, and what comes back.
#include "client/estuary_client.h"

#include "base/encoding.h"

#include <nlohmann/json.hpp>

namespace ds {
namespace {

using nlohmann::json;

std::string estuary_path(StreamName const& estuary) {
    return "/v1/estuary/" + percent_encode(estuary.project()) + "/" +
           percent_encode(estuary.stream());
}

std::string subscribe_path(StreamName const& source) {
    return "/v1/estuary/subscribe/" + stream_path(source).substr(k_stream_root.size());
}

template <typename T>
T member(json const& object, char const* name, T otherwise) {
    auto const found = object.find(name);
    if (found == object.end()) return otherwise;
    try {
        return found->template get<T>();
    } catch (json::exception const&) {
        return otherwise;
    }
}

// The document of a good answer.
Result<Said<json>> asked(StreamClient const& streams, FetchRequest const& request) {
    auto const reply = TRY(streams.exchange(request));
    if (!is_success(reply)) return Said<json>(streams.denial(request, reply));
    auto document = json::parse(reply.body, nullptr, false);
    if (!document.is_object())
        return Error{Fault::corrupt, "there is no server with estuaries at " + streams.url()};
    return Said<json>(std::move(document));
}

template <typename Answer, typename Read>
Result<Said<Answer>> answered(StreamClient const& streams, FetchRequest const& request, Read read) {
    auto said = TRY(asked(streams, request));
    if (auto* denial = std::get_if<Denial>(&said)) return Said<Answer>(std::move(*denial));
    return Said<Answer>(read(std::get<json>(said)));
}

EstuaryAnswer estuary_of(json const& document) {
    EstuaryAnswer answer;
    answer.content_type = member<std::string>(document, "contentType", {});
    answer.expires_ms = member<std::int64_t>(document, "expiresAt", 0);
    for (auto const& one : member(document, "subscriptions", json::array()))
        answer.sources.push_back({member<std::string>(one, "streamId", {}),
                                  member<std::string>(one, "mode", "plain") == "envelope"
                                      ? CopiesAs::envelope
                                      : CopiesAs::plain,
                                  member<std::string>(one, "sinceOffset", {}),
                                  member<std::string>(one, "ackedOffset", {}),
                                  member<std::string>(one, "missedBefore", {})});
    return answer;
}

EstuaryList list_of(json const& document) {
    EstuaryList list;
    list.more = member(document, "more", false);
    for (auto const& one : member(document, "estuaries", json::array()))
        list.estuaries.push_back({member<std::string>(one, "estuaryId", {}),
                                  member<std::uint64_t>(one, "subscriptions", 0),
                                  member<std::string>(one, "contentType", {}),
                                  member<std::int64_t>(one, "expiresAt", 0)});
    return list;
}

} // namespace

Result<Said<SubscribeAnswer>> EstuaryClient::subscribe(StreamName const& estuary,
                                                       StreamName const& source,
                                                       SubscribeRequest const& ask) {
    json body{{"estuaryId", estuary.stream()}};
    if (ask.copies == CopiesAs::envelope) body["mode"] = "envelope";
    if (ask.notify_above) body["notifyAbove"] = *ask.notify_above;
    auto const text = body.dump();
    auto post = streams_.request("POST", subscribe_path(source));
    post.headers.add("Content-Type", "application/json");
    post.body = text;
    return answered<SubscribeAnswer>(streams_, post, [](json const& document) {
        return SubscribeAnswer{member(document, "isNewEstuary", false)};
    });
}

Result<Said<UnsubscribeAnswer>> EstuaryClient::unsubscribe(StreamName const& estuary,
                                                           StreamName const& source) {
    auto const text = json{{"estuaryId", estuary.stream()}}.dump();
    auto request = streams_.request("DELETE", subscribe_path(source));
    request.headers.add("Content-Type", "application/json");
    request.body = text;
    return answered<UnsubscribeAnswer>(streams_, request,
                                       [](json const&) { return UnsubscribeAnswer{}; });
}

Result<Said<EstuaryAnswer>> EstuaryClient::show(StreamName const& estuary) {
    return answered<EstuaryAnswer>(streams_, streams_.request("GET", estuary_path(estuary)),
                                   estuary_of);
}

Result<Said<RemoveAnswer>> EstuaryClient::remove(StreamName const& estuary) {
    return answered<RemoveAnswer>(streams_, streams_.request("DELETE", estuary_path(estuary)),
                                  [](json const&) { return RemoveAnswer{}; });
}

Result<Said<EstuaryList>> EstuaryClient::list(std::string_view project, std::string_view after) {
    auto path = "/v1/estuary/" + percent_encode(project);
    if (!after.empty()) path += "?after=" + percent_encode(after);
    return answered<EstuaryList>(streams_, streams_.request("GET", path), list_of);
}

std::optional<Unpacked> unpack_envelope(std::string_view text) {
    auto const document = json::parse(text, nullptr, false);
    if (!document.is_object()) return std::nullopt;
    Unpacked unpacked;
    unpacked.source = member<std::string>(document, "stream", {});
    unpacked.offset = member<std::string>(document, "offset", {});
    if (unpacked.source.empty()) return std::nullopt;
    if (member<std::string>(document, "type", {}) == "data") {
        auto const payload = document.find("payload");
        if (payload == document.end() || !payload->is_string()) return std::nullopt;
        unpacked.payload = payload->get<std::string>();
        unpacked.base64 = member<std::string>(document, "encoding", {}) == "base64";
    }
    return unpacked;
}

} // namespace ds
