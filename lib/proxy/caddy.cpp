// The configuration of Caddy, 2.6 or newer: a Caddyfile.
#include "proxy/configuration.h"

namespace ds::proxy {
namespace {

constexpr char const* k_form = R"conf(# Caddy in front of ds, written by ds proxy-config.
#
# Put it into /etc/caddy/Caddyfile; then: systemctl reload caddy
# Caddy has no cache, unless it is built with one: each read goes on to ds, which keeps answers
# itself. SSE passes at once, and no time limit cuts it.
# The server: @SERVE@

@SITE@ {
@BIND@	request_body {
		max_size @BODY@
	}
@PROXIES@}
)conf";

constexpr char const* k_proxy_form = R"conf(	reverse_proxy @ORIGIN@ {
@CLIENT@		transport http {
			dial_timeout 5s
			keepalive 50s
			keepalive_idle_conns_per_host 256
		}
	}
)conf";

// What clients say of themselves does not count; whom a CDN names does.
constexpr char const* k_cdn_form = R"conf(	@by_cdn remote_ip@NETWORKS@
	handle @by_cdn {
@NAMED@	}
	handle {
@OTHERS@	}
)conf";

std::string indented(std::string const& lines) {
    std::string deeper;
    for (std::size_t from = 0; from < lines.size();) {
        auto const end = lines.find('\n', from) + 1;
        deeper += "\t" + lines.substr(from, end - from);
        from = end;
    }
    return deeper;
}

std::string proxy_of(Site const& site, std::string const& client) {
    auto const& origin = site.origin;
    auto const where = origin.unix_path.empty() ? origin.text() : "unix/" + origin.unix_path;
    return filled(k_proxy_form, {{"ORIGIN", where}, {"CLIENT", client}});
}

std::string proxies_of(Site const& site) {
    if (!site.said.behind_cdn) return proxy_of(site, "");
    std::string networks;
    for (auto const& network : site.said.cdn_networks)
        networks += " " + network;
    auto const named =
        proxy_of(site, "\t\theader_up X-Forwarded-For {header." + site.said.cdn_header +
                           "}\n"
                           "\t\theader_up X-Forwarded-Proto "
                           "{header.X-Forwarded-Proto}\n");
    return filled(k_cdn_form, {{"NETWORKS", networks},
                               {"NAMED", indented(named)},
                               {"OTHERS", indented(proxy_of(site, ""))}});
}

// The port of "[::1]:8080", and what stands before it.
std::pair<std::string, std::string> parts_of(std::string const& listen) {
    auto const colon = listen.rfind(':');
    auto host = listen.substr(0, colon);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    return {host, listen.substr(colon + 1)};
}

} // namespace

std::string caddy_configuration(Site const& site) {
    auto const& said = site.said;
    bool const tls = !said.tls_cert.empty();
    auto const [host, port] = parts_of(said.listen.empty() ? ":" : said.listen);
    // A name alone makes Caddy fetch a certificate for it; so does a CDN not want it to.
    bool const own = tls || (said.listen.empty() && !said.behind_cdn);
    auto const name =
        (own ? "https://" : "http://") + said.server_name + (port.empty() ? "" : ":" + port);
    auto bind = host.empty() ? std::string() : "\tbind " + host + "\n";
    if (tls) bind += "\ttls " + said.tls_cert + " " + said.tls_key + "\n";
    return filled(k_form, {{"SERVE", server_lines(site)},
                           {"SITE", name},
                           {"BIND", bind},
                           {"BODY", std::to_string(said.max_body)},
                           {"PROXIES", proxies_of(site)}});
}

} // namespace ds::proxy
