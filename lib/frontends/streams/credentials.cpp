// Tokens in headers, URLs and cookies, and the headers that a hook is sent.
#include "frontends/streams/credentials.h"

#include "base/encoding.h"
#include "protocol/headers.h"
#include "transport/address.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace ds::streams {

namespace {

constexpr std::string_view k_cookie = "ds_token";

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

// What is not percent-encoded is worth as much as any other wrong token.
std::string decoded(std::string_view text) {
    return percent_decode(text).value_or(std::string());
}

// The cookie's values in one Cookie header.
void cookies_in(std::string_view header, std::vector<std::string>& values) {
    while (!header.empty()) {
        auto const pair = trim(header.substr(0, header.find(';')));
        header.remove_prefix(std::min(header.find(';'), header.size() - 1) + 1);
        auto const equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == k_cookie)
            values.push_back(decoded(pair.substr(equals + 1)));
    }
}

// What Connection names is for the next hop alone (RFC 9110 section 7.6.1).
std::vector<std::string> named_by_connection(http::Request const& request) {
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
        auto const name = http::take_parameter(given).name;
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

std::optional<std::string_view> bearer_in(std::string_view value) {
    constexpr std::string_view k_scheme = "Bearer";
    // In any case: RFC 9110, 11.1.
    if (!equals_ignoring_case(value.substr(0, k_scheme.size()), k_scheme)) return std::nullopt;
    auto const rest = value.substr(k_scheme.size());
    auto const token = trim(rest);
    if (token.empty() || token.size() == rest.size()) return std::nullopt;
    return token;
}

access::Credentials credentials_of(http::Request const& request) {
    access::Credentials found;
    for (auto const& [name, value] : request.headers)
        if (equals_ignoring_case(name, "Authorization") && found.shown++ == 0)
            found.token = bearer_in(value);
    if (found.shown > 0) return found; // the others do not count
    for (auto const value : http::query_values(request.query, query::token))
        found.in_url.push_back(decoded(value));
    for (auto const& [name, value] : request.headers)
        if (equals_ignoring_case(name, "Cookie")) cookies_in(value, found.in_cookie);
    return found;
}

access::Granted::By shown_to_hook(http::Request const& request) {
    using By = access::Granted::By;
    bool const elsewhere =
        request.find("Cookie") || !http::query_values(request.query, query::token).empty();
    return request.find("Authorization") || !elsewhere ? By::credential : By::exposed;
}

access::Caller caller_of(http::Request const& request, http::Client const& client, Cookies cookies,
                         std::string_view source) {
    access::Caller caller;
    bool const of_source = !source.empty();
    caller.method = of_source ? "GET" : name_of(request.method);
    caller.address = to_text(client.address);
    caller.host = client.host;
    caller.scheme = client.scheme;
    auto const of_hop = named_by_connection(request);
    for (auto const& [name, value] : request.headers) {
        auto lower = to_lower(name);
        if (is_passed_on(lower, cookies) && std::ranges::find(of_hop, lower) == of_hop.end())
            caller.headers.emplace_back(std::move(lower), value);
    }
    caller.uri = of_source ? std::string(source) : uri_of(request.path, request.query);
    // The parameters of the creation say nothing of its source.
    caller.settled_uri =
        of_source ? caller.uri : uri_of(request.path, settled_query(request.query));
    return caller;
}

} // namespace ds::streams
