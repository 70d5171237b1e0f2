// Checks each setting for what it may contain.
#include "proxy/settings.h"

#include "base/encoding.h"
#include "transport/address.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ds::proxy {
namespace {

Error wrong(std::string what) {
    return {Fault::invalid, std::move(what)};
}

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view more) {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return is_alphanumeric(c) || more.find(c) != std::string_view::npos;
    });
}

bool is_host_name(std::string_view text) {
    constexpr std::size_t k_most = 253;
    return text.size() <= k_most && consists_of(text, "-.") && text.front() != '-' &&
           text.front() != '.' && text.find("..") == std::string_view::npos;
}

Result<void> check_path(std::string const& path, std::string const& what) {
    if (path.starts_with('/') && consists_of(path, "/._-+=,%")) return {};
    return wrong(what + " must be a path from the root, of letters, digits and /._-+=,%: not '" +
                 path + "'");
}

// "127.0.0.1:8080", "[::1]:8080", "name:8080"; without a port `otherwise`, when there is one.
std::optional<Origin> parse_place(std::string_view text, std::optional<std::uint16_t> otherwise) {
    Origin origin;
    auto const bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    if (text.starts_with('[') && bracket == std::string_view::npos) return std::nullopt;
    auto const end =
        bracket == std::string_view::npos ? std::min(text.find(':'), text.size()) : bracket + 1;
    auto const port = text.substr(end);
    if (port.empty() && !otherwise) return std::nullopt;
    if (port.empty())
        origin.port = *otherwise;
    else if (auto const number = parse_decimal(port.substr(1), 65'535);
             port.front() == ':' && number && *number > 0)
        origin.port = static_cast<std::uint16_t>(*number);
    else
        return std::nullopt;
    origin.host = bracket == std::string_view::npos ? text.substr(0, end) : text.substr(1, end - 2);
    bool const fits =
        bracket == std::string_view::npos
            ? is_host_name(origin.host)
            : transport::parse_address(origin.host) && origin.host.find(':') != std::string::npos;
    if (!fits) return std::nullopt;
    return origin;
}

Result<Origin> parse_origin(std::string_view text) {
    constexpr std::string_view k_http = "http://";
    constexpr std::string_view k_unix = "unix:";
    if (text.starts_with(k_unix)) {
        Origin origin;
        origin.unix_path = text.substr(k_unix.size());
        TRY(check_path(origin.unix_path, "--origin unix:"));
        return origin;
    }
    if (text.starts_with("https://"))
        return wrong("--origin must be http:// or unix:, on this machine or a network of its own: "
                     "between proxy and server there is no TLS");
    if (text.starts_with(k_http)) {
        auto place = text.substr(k_http.size());
        if (place.ends_with('/')) place.remove_suffix(1);
        if (auto origin = parse_place(place, 80)) {
            // The name may mean ::1 first, where ds does not listen.
            if (equals_ignoring_case(origin->host, "localhost")) origin->host = "127.0.0.1";
            return *std::move(origin);
        }
    }
    return wrong("--origin must be http://HOST:PORT without a path, or unix:PATH, not '" +
                 std::string(text) + "'");
}

Result<void> check_cdn(Settings const& settings) {
    if (!settings.behind_cdn && !settings.cdn_networks.empty())
        return wrong("--cdn-network goes with --behind-cdn");
    if (settings.behind_cdn && settings.cdn_networks.empty())
        return wrong("--behind-cdn needs the networks of the CDN, each with --cdn-network: whoever "
                     "else comes could invent the client's address. Cloudflare's are listed at "
                     "https://www.cloudflare.com/ips/");
    for (auto const& network : settings.cdn_networks)
        if (network == "unix" || !transport::parse_network(network))
            return wrong("--cdn-network must be a network such as 192.0.2.0/24 or 2001:db8::/32, "
                         "not '" +
                         network + "'");
    if (!consists_of(settings.cdn_header, "-"))
        return wrong("--cdn-header must be the name of a header, not '" + settings.cdn_header +
                     "'");
    return {};
}

Result<void> check_tls(Kind kind, Settings const& settings) {
    if (settings.tls_cert.empty() != settings.tls_key.empty())
        return wrong("--tls-cert and --tls-key go together");
    if (settings.tls_cert.empty()) return {};
    if (kind == Kind::varnish)
        return wrong("varnish does not speak TLS: put hitch, nginx or a CDN in front of it");
    TRY(check_path(settings.tls_cert, "--tls-cert"));
    return check_path(settings.tls_key, "--tls-key");
}

Result<void> check_numbers(Settings const& settings) {
    auto const within = [](double number, double least, double most) {
        return number >= least && number <= most;
    };
    if (!within(settings.long_poll_timeout, 0.1, 3'600))
        return wrong("--long-poll-timeout must be 0.1 to 3600 seconds");
    if (!within(settings.sse_keep_alive, 1, 3'600))
        return wrong("--sse-keep-alive must be 1 to 3600 seconds: without comments from the server "
                     "a proxy takes a silent SSE response for a dead one");
    if (settings.max_body == 0 || settings.max_body > (std::uint64_t{1} << 30))
        return wrong("--max-body must be 1 to 1073741824 bytes");
    if (settings.cache_mib == 0 || settings.cache_mib > (std::uint64_t{1} << 24))
        return wrong("--cache-mib must be 1 to 16777216");
    return {};
}

} // namespace

std::optional<Kind> parse_kind(std::string_view name) {
    if (name == "nginx") return Kind::nginx;
    if (name == "varnish") return Kind::varnish;
    if (name == "caddy") return Kind::caddy;
    return std::nullopt;
}

std::string Origin::text() const {
    if (!unix_path.empty()) return "unix:" + unix_path;
    auto const shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return shown + ":" + std::to_string(port);
}

Result<Site> check(Kind kind, Settings settings) {
    auto origin = TRY(parse_origin(settings.origin));
    if (!is_host_name(settings.server_name))
        return wrong("--server-name must be the name that clients ask for, such as "
                     "streams.example.com, not '" +
                     settings.server_name + "'");
    if (!settings.listen.empty() && !parse_place(settings.listen, std::nullopt))
        return wrong("--listen must be ADDRESS:PORT, not '" + settings.listen + "'");
    TRY(check_tls(kind, settings));
    TRY(check_cdn(settings));
    TRY(check_path(settings.cache_dir, "--cache-dir"));
    TRY(check_numbers(settings));
    if (kind == Kind::caddy && settings.caching == Caching::on)
        return wrong("caddy has no cache, unless it is built with one: take nginx or varnish");
    bool const caches =
        settings.caching == Caching::on ||
        (settings.caching == Caching::automatic && kind != Kind::caddy && !settings.behind_cdn);
    auto const whole = [](double seconds) {
        return static_cast<std::uint64_t>(std::ceil(seconds));
    };
    auto const longest =
        std::max(whole(3 * settings.sse_keep_alive), whole(settings.long_poll_timeout) + 30);
    constexpr std::uint64_t k_least = 75;
    Site site{kind, std::move(settings), std::move(origin), caches, 0, std::max(longest, k_least)};
    site.lock_seconds = whole(site.said.long_poll_timeout) + 1;
    return site;
}

} // namespace ds::proxy
