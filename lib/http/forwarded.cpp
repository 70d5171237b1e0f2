// Walks what trusted proxies said.
#include "http/forwarded.h"

#include "base/encoding.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace ds::http {

namespace {

// The elements of a header that is a list, from all its lines, in order.
std::vector<std::string_view> elements_of(Request const& request, std::string_view name) {
    std::vector<std::string_view> elements;
    for (auto const& [key, value] : request.headers) {
        if (!equals_ignoring_case(key, name)) continue;
        for (std::size_t from = 0; from <= value.size();) {
            auto const comma = std::min(value.find(',', from), value.size());
            elements.push_back(trim(value.substr(from, comma - from)));
            from = comma + 1;
        }
    }
    return elements;
}

// "10.0.0.1", "10.0.0.1:4711", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711": proxies
// differ.
std::optional<transport::Address> parse_hop(std::string_view text) {
    auto const is_port = [](std::string_view rest) {
        return rest.empty() || (rest.front() == ':' && parse_decimal(rest.substr(1), 65535));
    };
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        if (end == std::string_view::npos || !is_port(text.substr(end + 1))) return std::nullopt;
        return transport::parse_address(text.substr(1, end - 1));
    }
    auto const colon = text.find(':');
    bool const one_colon = colon != std::string_view::npos && text.rfind(':') == colon;
    if (!one_colon) return transport::parse_address(text);
    if (!is_port(text.substr(colon))) return std::nullopt;
    return transport::parse_address(text.substr(0, colon));
}

struct Walk {
    transport::Address client;
    std::size_t hops = 0; // that were trusted, after the peer
};

Walk walk(transport::Address const& peer, transport::Networks const& trusted,
          Request const& request) {
    Walk walk{peer, 0};
    auto entries = elements_of(request, "X-Forwarded-For");
    while (!entries.empty() && contains(trusted, walk.client)) {
        auto const next = parse_hop(entries.back());
        if (!next) break;
        entries.pop_back();
        walk.client = *next;
        if (contains(trusted, *next)) ++walk.hops;
    }
    return walk;
}

// What the proxy said that saw the client: the entry as far from the right as that proxy is from
// us. Proxies that only pass the header on leave fewer entries; then it is the first one.
std::string_view said_by(std::vector<std::string_view> const& entries, std::size_t hops) {
    if (entries.empty()) return {};
    return entries[entries.size() - 1 - std::min(hops, entries.size() - 1)];
}

std::optional<std::string_view> scheme_of(std::string_view said) {
    for (std::string_view const scheme : {"https", "http"})
        if (equals_ignoring_case(said, scheme)) return scheme;
    return std::nullopt;
}

// What may stand as the host of a URL, with or without a port. It goes into Location as it is.
bool is_forwarded_host(std::string_view text) {
    constexpr std::size_t k_host_max = 255 + 6;
    auto const fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~:[]").find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= k_host_max &&
           std::all_of(text.begin(), text.end(), fits);
}

} // namespace

Client client_behind(Client const& seen, transport::Networks const& trusted,
                     Request const& request) {
    if (!contains(trusted, seen.address)) return seen;
    auto const way = walk(seen.address, trusted, request);
    auto client = seen;
    client.address = way.client;
    if (auto const scheme = scheme_of(said_by(elements_of(request, "X-Forwarded-Proto"), way.hops)))
        client.scheme = *scheme;
    auto const host = said_by(elements_of(request, "X-Forwarded-Host"), way.hops);
    if (is_forwarded_host(host)) client.host = host;
    return client;
}

} // namespace ds::http
