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

    std::vector<std::pair<std::string_view, std::string_view>> headers; // into `text`
    std::string text; // the request line and header fields
};

// The values of a query parameter, as they were sent: percent-encoded.
inline std::vector<std::string_view> query_values(std::string_view query, std::string_view wanted) {
    std::vector<std::string_view> values;
    while (!query.empty()) {
        auto const pair = query.substr(0, query.find('&'));
        query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
        auto const equals = pair.find('=');
        if (pair.substr(0, equals) != wanted) continue;
        values.push_back(equals == std::string_view::npos ? std::string_view()
                                                          : pair.substr(equals + 1));
    }
    return values;
}

} // namespace ds::http
