// Reading hosts and origins.
#include "frontends/streams/this_machine.h"

#include "base/encoding.h"
#include "net/reach.h"

#include <algorithm>
#include <optional>

namespace ds::streams {

namespace {

constexpr std::string_view k_after_scheme = "://";

// "http://host:port/path" without the scheme and the path.
std::optional<std::string_view> host_in(std::string_view url) {
    auto const at = url.find(k_after_scheme);
    if (at == std::string_view::npos) return std::nullopt;
    url.remove_prefix(at + k_after_scheme.size());
    return url.substr(0, url.find('/'));
}

std::string_view without_port(std::string_view host) {
    auto const end = host.starts_with('[') ? host.find(']') : std::string_view::npos;
    if (end != std::string_view::npos) return host.substr(1, end - 1);
    return host.substr(0, host.find(':'));
}

bool ends_ignoring_case(std::string_view text, std::string_view end) {
    return text.size() >= end.size() &&
           equals_ignoring_case(text.substr(text.size() - end.size()), end);
}

} // namespace

bool is_host_of_this_machine(std::string_view host) {
    auto const name = without_port(host);
    // Browsers ask nobody where names below localhost lead. (RFC 6761, 6.3)
    if (ends_ignoring_case(name, ".localhost")) return true;
    return is_loopback(name);
}

bool is_origin_of_this_machine(std::string_view origin) {
    auto const host = host_in(origin);
    return host && is_host_of_this_machine(*host);
}

bool is_host_of(std::string_view url, std::string_view host) {
    auto const mine = host_in(url);
    return mine && equals_ignoring_case(*mine, host);
}

bool is_origin_of(std::string_view url, std::string_view origin) {
    auto const mine = host_in(url);
    auto const theirs = host_in(origin);
    auto const scheme = [](std::string_view text) { return text.substr(0, text.find(':')); };
    return mine && theirs && equals_ignoring_case(*mine, *theirs) &&
           equals_ignoring_case(scheme(url), scheme(origin));
}

} // namespace ds::streams
