// Parsing what a request to an estuary says.
#include "frontends/streams/estuary_requests.h"

#include "base/json_text.h"
#include "frontends/streams/refusals.h"
#include "model/content.h"
#include "protocol/headers.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>

namespace ds::streams {

namespace {

using nlohmann::json;

// Pointers of one request.
constexpr std::size_t k_acks_max = 10'000;

std::variant<json, Response> object_in(Request const& request) {
    auto const coding = request.find("Content-Encoding");
    if (coding && !coding->empty() && !equals_ignoring_case(*coding, "identity"))
        return error_response(415, "UNSUPPORTED_CONTENT_ENCODING",
                              "send the body without Content-Encoding");
    // Pages of other origins cannot send this type unasked.
    auto const type = request.find(header::content_type);
    if (!type || !is_json_type(*type))
        return bad_request("CONTENT_TYPE_REQUIRED",
                           "the body is JSON: Content-Type: application/json");
    if (request.body.empty()) return bad_request("EMPTY_BODY", "empty body");
    // First without building anything: what nests too deep would cost more than it is worth.
    if (!scan_json(request.body, k_json_depth_max))
        return bad_request("INVALID_JSON", "the body is not JSON");
    auto document = json::parse(request.body, nullptr, false);
    if (document.is_discarded()) return bad_request("INVALID_JSON", "the body is not JSON");
    if (!document.is_object()) return bad_request("INVALID_JSON", "the body is not a JSON object");
    return document;
}

std::optional<std::string> text_in(json const& object, char const* member) {
    auto const found = object.find(member);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

std::optional<StreamName> estuary_in(json const& body, std::string_view project) {
    auto const id = text_in(body, "estuaryId");
    if (!id || !is_estuary_id(*id)) return std::nullopt;
    auto name = make_stream_name(project, *id);
    return name && !is_reserved(*name) ? std::optional(*std::move(name)) : std::nullopt;
}

std::optional<CopyForm> form_in(json const& body) {
    CopyForm form;
    if (auto const mode = body.find("mode"); mode != body.end()) {
        if (*mode != "plain" && *mode != "envelope") return std::nullopt;
        form.mode = *mode == "envelope" ? CopyMode::envelope : CopyMode::plain;
    }
    if (auto const above = body.find("notifyAbove"); above != body.end()) {
        if (!above->is_number_unsigned() || form.mode == CopyMode::plain) return std::nullopt;
        form.notify_above = above->get<std::uint64_t>();
        if (form.notify_above > k_max_safe_integer) return std::nullopt;
    }
    return form;
}

} // namespace

Response bad_estuary_id() {
    return bad_request("INVALID_ESTUARY_ID",
                       "an estuary is 1 to 256 letters, digits, _, -, : or .");
}

std::variant<Ask, Response> subscribe_ask(Request const& request, StreamName source,
                                          std::chrono::seconds ttl) {
    auto body = object_in(request);
    if (auto* wrong = std::get_if<Response>(&body)) return std::move(*wrong);
    auto estuary = estuary_in(std::get<json>(body), source.project());
    if (!estuary) return bad_estuary_id();
    auto const form = form_in(std::get<json>(body));
    if (!form)
        return bad_request("INVALID_SUBSCRIPTION",
                           "mode is plain or envelope; notifyAbove is a number of "
                           "bytes, and goes with envelope");
    return Ask(Subscribe{std::move(source), *std::move(estuary), *form, ttl});
}

std::variant<Ask, Response> unsubscribe_ask(Request const& request, StreamName source) {
    auto body = object_in(request);
    if (auto* wrong = std::get_if<Response>(&body)) return std::move(*wrong);
    auto estuary = estuary_in(std::get<json>(body), source.project());
    if (!estuary) return bad_estuary_id();
    return Ask(Unsubscribe{std::move(source), *std::move(estuary)});
}

std::variant<Ask, Response> list_ask(Request const& request, StreamName any) {
    auto const values = query_values(request.query, query::after);
    if (values.size() > 1)
        return bad_request("REPEATED_QUERY_PARAM", "after parameter was given more than once");
    auto after = percent_decode(values.empty() ? std::string_view() : values.front());
    if (!after) return bad_request("INVALID_QUERY_PARAM", "after parameter is not percent-encoded");
    return Ask(ListEstuaries{std::move(any), *std::move(after)});
}

std::variant<Ask, Response> acknowledge_ask(Request const& request, StreamName estuary) {
    auto body = object_in(request);
    if (auto* wrong = std::get_if<Response>(&body)) return std::move(*wrong);
    auto const& document = std::get<json>(body);
    auto const acks = document.find("acks");
    auto const invalid = [] {
        return bad_request("INVALID_ACK", R"(want {"acks":[{"streamId":"..","offset":".."}]})");
    };
    if (acks == document.end() || !acks->is_array() || acks->size() > k_acks_max) return invalid();
    Acknowledge ask;
    for (auto const& ack : *acks) {
        if (!ack.is_object()) return invalid();
        auto const id = text_in(ack, "streamId");
        auto const token = text_in(ack, "offset");
        if (!id || !token) return invalid();
        auto source = make_stream_name(estuary.project(), *id);
        if (!source) return invalid();
        auto const offset = parse_read_from(*token);
        auto const* const place = offset ? std::get_if<Offset>(&*offset) : nullptr;
        if (place == nullptr) return bad_request("INVALID_OFFSET", "invalid offset");
        ask.pointers.push_back({*std::move(source), *place});
    }
    ask.name = std::move(estuary);
    return Ask(std::move(ask));
}

} // namespace ds::streams
