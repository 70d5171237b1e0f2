// One HTTP request as the routes see it.
#pragma once

#include "base/encoding.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::http {

enum class Method : std::uint8_t { get, head, put, post, remove, options, other };

// "OTHER" for what we do not know.
constexpr std::string_view name_of(Method method) {
    switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::put: return "PUT";
    case Method::post: return "POST";
    case Method::remove: return "DELETE";
    case Method::options: return "OPTIONS";
    case Method::other: break;
    }
    return "OTHER";
}

struct Request {
    Method method = Method::other;
    std::string_view path;  // as sent, percent-encoded
    std::string_view query; // without the question mark
    bool http_1_0 = false;
    bool keep_alive = true;
    std::string body;

    // The value of a header; the first one when it was sent more than once.
    std::optional<std::string_view> find(std::string_view name) const {
        for (auto const& [key, value] : headers)
            if (equals_ignoring_case(key, name)) return value;
        return std::nullopt;
    }
    std::size_t count(std::string_view name) const {
        std::size_t total = 0;
        for (auto const& [key, value] : headers)
            total += equals_ignoring_case(key, name) ? 1 : 0;
        return total;
    }

    // Makes ready for another one; the room for heads stays.
    void clear() {
        method = Method::other;
        path = query = {};
        http_1_0 = false;
        keep_alive = true;
        body = {};
        headers.clear();
    }

    std::vector<std::pair<std::string_view, std::string_view>> headers; // into `text`
    std::string text; // the request line and header fields
};

// A parameter of a query, as it was sent: percent-encoded. Without "=" its value is empty.
struct QueryParameter {
    std::string_view name;
    std::string_view value;
};
// Takes the first parameter off a query that is not empty.
inline QueryParameter take_parameter(std::string_view& query) {
    auto const pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
    auto const equals = pair.find('=');
    if (equals == std::string_view::npos) return {pair, {}};
    return {pair.substr(0, equals), pair.substr(equals + 1)};
}

// The values of a parameter, in their order.
inline std::vector<std::string_view> query_values(std::string_view query, std::string_view wanted) {
    std::vector<std::string_view> values;
    while (!query.empty())
        if (auto const [name, value] = take_parameter(query); name == wanted)
            values.push_back(value);
    return values;
}

} // namespace ds::http
