// Taking a URL apart, strictly.
#include "jobs/webhooks/webhook_url.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <optional>

namespace ds::webhooks {

namespace {

Error refused(std::string what) {
    return Error{Fault::invalid, "webhook.url " + std::move(what)};
}

struct Parts {
    bool tls = false;
    std::string host; // lower case, without the dot that may end it
    std::string_view port;
};

bool is_host_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_port(std::string_view text) {
    constexpr std::uint64_t k_most = 65535;
    auto const port = parse_decimal(text, k_most);
    return port && *port > 0;
}

// The host and the port of "host:port", "[::1]:port" or one of them alone.
Result<Parts> parse_authority(std::string_view authority, Parts parts) {
    auto const lower = to_lower(authority);
    auto const closing = lower.find(']');
    auto const colon = lower.find(':', closing == std::string::npos ? 0 : closing);
    parts.host = lower.substr(0, colon);
    if (colon != std::string::npos) {
        parts.port = authority.substr(colon + 1);
        if (!is_port(parts.port)) return refused("has no valid port");
    }
    if (parts.host.starts_with('[')) {
        if (!parts.host.ends_with(']') || parts.host.find(':') == std::string::npos)
            return refused("has no valid host");
        return parts;
    }
    if (parts.host.ends_with('.')) parts.host.pop_back();
    bool const plain = std::all_of(parts.host.begin(), parts.host.end(), is_host_char);
    if (!plain || parts.host.empty() || parts.host.find("..") != std::string::npos ||
        parts.host.starts_with('.'))
        return refused("has no valid host");
    return parts;
}

Result<Parts> parse(std::string_view url) {
    if (url.size() > k_webhook_url_bytes_max) return refused("is too long");
    auto const is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '\\' && c != '#'; };
    if (!std::all_of(url.begin(), url.end(), is_plain))
        return refused("holds a character that does not belong in a URL, or a fragment");
    auto const slashes = url.find("://");
    auto const scheme = to_lower(url.substr(0, slashes == std::string_view::npos ? 0 : slashes));
    if (scheme != "https" && scheme != "http") return refused("must begin with https://");
    auto const rest = url.substr(slashes + 3);
    auto const authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.find('@') != std::string_view::npos) return refused("must not hold credentials");
    return parse_authority(authority, {scheme == "https", {}, {}});
}

// A host whose last label is a number is an address to those who look leniently.
bool is_numeric(std::string_view host) {
    auto const dot = host.rfind('.');
    auto const last = host.substr(dot == std::string_view::npos ? 0 : dot + 1);
    return last.starts_with("0x") ||
           std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The bytes of a host that is an address in the one way to write it; empty text for a name.
Result<std::string> address_in(std::string_view host) {
    bool const v6 = host.starts_with('[');
    if (!v6 && !is_numeric(host)) return std::string();
    auto const bytes = address_bytes(v6 ? host.substr(1, host.size() - 2) : host);
    if (!bytes) return refused("has no valid host");
    return *bytes;
}

bool is_local_name(std::string_view host) {
    constexpr std::array<std::string_view, 5> k_endings{".localhost", ".local", ".internal", ".lan",
                                                        ".home.arpa"};
    return host.find('.') == std::string_view::npos ||
           std::any_of(k_endings.begin(), k_endings.end(),
                       [&](std::string_view ending) { return host.ends_with(ending); });
}

bool is_named(std::vector<std::string> const& hosts, std::string_view host) {
    return hosts.empty() || std::any_of(hosts.begin(), hosts.end(), [&](std::string_view named) {
               return named.starts_with('.') ? host.ends_with(named) : host == named;
           });
}

} // namespace

Result<WebhookTarget> check_webhook_url(std::string_view url, WebhookRules const& rules) {
    auto const parts = TRY(parse(url));
    auto const address = TRY(address_in(parts.host));
    WebhookTarget target{parts.host + ":" + std::string(parts.port), Reach::internet};
    if (!parts.tls) {
        constexpr std::string_view k_local_block("\x7f\0\0", 3); // 127.0.0.x
        bool const local = parts.host == "localhost" ||
                           (address.size() == 4 && address.starts_with(k_local_block));
        if (!local) return refused("must use https, but for localhost and 127.0.0.x");
        if (rules.loopback == WebhookRules::Loopback::refused)
            return refused("must not lead to this machine");
        target.reach = Reach::loopback;
    } else if (address.empty() ? is_local_name(parts.host) : !reaches(Reach::internet, address)) {
        return refused("must not lead to private, local or special addresses");
    }
    if (!is_named(rules.hosts, parts.host)) return refused("names a host that is not allowed");
    return target;
}

} // namespace ds::webhooks
