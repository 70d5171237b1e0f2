// Which headers the hook is sent, and what a verdict is kept for.
#include "http/hook_question.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "protocol/headers.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace ds::http {

namespace {

// Of this connection, of the body, of caching, of content: nothing that says who asks. What changes
// from request to request, such as a trace, would also make each of them a question of its own.
constexpr std::array<std::string_view, 22> k_left_out{
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "expect",
    "range",
    "cache-control",
    "pragma",
    "date",
    "last-event-id",
    "forwarded",
    "x-real-ip",
    "x-request-id",
    "x-correlation-id",
    "traceparent",
    "tracestate",
    "x-rewrite-url",
};
// Some of these would be taken for ours, or for another method than the one that is sent.
constexpr std::array<std::string_view, 9> k_left_out_beginnings{
    "content-",     "accept",      "if-",           "stream-",          "producer-",
    "x-forwarded-", "x-original-", "x-http-method", "x-method-override"};

std::string_view right_name(Right right) {
    switch (right) {
    case Right::read:
    case Right::join: return "read";
    case Right::write: return "write";
    case Right::manage: break;
    }
    return "manage";
}

// What Connection names is for the next hop alone (RFC 9110 section 7.6.1).
std::vector<std::string> named_by_connection(Request const& request) {
    std::vector<std::string> names;
    for (auto const& [name, value] : request.headers) {
        if (!equals_ignoring_case(name, "Connection")) continue;
        for (auto rest = value; !rest.empty();)
            names.push_back(to_lower(take_item(rest)));
    }
    return names;
}

bool is_passed_on(std::string const& name, Cookies cookies) {
    // Many servers read "_" as "-": X_Original_URI would pass for the header that we set.
    if (name.find('_') != std::string::npos) return false;
    if (name == "cookie" && cookies == Cookies::left_out) return false;
    return std::ranges::find(k_left_out, name) == k_left_out.end() &&
           std::ranges::none_of(k_left_out_beginnings,
                                [&](auto beginning) { return name.starts_with(beginning); });
}

// Without where a reader stands.
std::string settled_query(std::string_view given) {
    std::string kept;
    while (!given.empty()) {
        auto const whole = given.substr(0, given.find('&'));
        auto const name = take_parameter(given).name;
        if (name != query::offset && name != query::cursor) kept.append(whole).append("&");
    }
    return kept;
}

std::string uri_of(std::string_view path, std::string_view query) {
    std::string uri(path);
    if (!query.empty()) uri.append("?").append(query);
    return uri;
}

} // namespace

HookQuestion hook_question(Request const& request, Client const& client, Errand const& errand,
                           Cookies cookies) {
    HookQuestion question;
    std::string said; // all but the URI, a line for each: none contains a line break
    auto const tell = [&](std::string_view name, std::string_view value) {
        question.headers.add(name, value);
        said.append(name).append(":").append(value).append("\n");
    };
    bool const of_source = !errand.source.empty();
    tell("X-Original-Method", of_source ? "GET" : name_of(request.method));
    tell("X-Forwarded-For", to_text(client.address));
    tell("X-Forwarded-Host", client.host);
    tell("X-Forwarded-Proto", client.scheme);
    tell("Stream-Right", right_name(errand.right));
    tell("Stream-Project", errand.project);
    if (!errand.stream.empty()) tell("Stream-Name", percent_encode(errand.stream, "/"));
    auto const of_hop = named_by_connection(request);
    for (auto const& [name, value] : request.headers) {
        auto const lower = to_lower(name);
        if (is_passed_on(lower, cookies) && std::ranges::find(of_hop, lower) == of_hop.end())
            tell(lower, value);
    }
    auto const uri = of_source ? std::string(errand.source) : uri_of(request.path, request.query);
    question.headers.add("X-Original-URI", uri);
    question.exact = sha256(said + uri);
    // The parameters of the creation say nothing of its source.
    question.kept =
        sha256(said + (of_source ? uri : uri_of(request.path, settled_query(request.query))));
    return question;
}

} // namespace ds::http
