// ds proxy-config: prints the configuration of a proxy in front of a server.
#include "cli/commands.h"
#include "cli/terminal.h"
#include "proxy/configuration.h"

#include <unistd.h>

#include <memory>
#include <string>

namespace ds {
namespace {

struct ProxyCommand {
    std::string kind;
    proxy::Settings settings;
    bool cache = false;
    bool no_cache = false;
};

constexpr char const* k_proxy_config_footer =
    "nginx and varnish keep answers as long as the server says and make one request\n"
    "of equal ones, unless the proxy is behind a CDN, which does that itself. Caddy\n"
    "only hands on. X-Proxy-Cache tells what became of a request.\n"
    "\n"
    "Examples:\n"
    "  ds proxy-config nginx --server-name streams.example.com\n"
    "  ds proxy-config nginx --server-name streams.example.com --behind-cdn \\\n"
    "    --cdn-network 173.245.48.0/20,103.21.244.0/22 \\\n"
    "    --tls-cert /etc/ssl/cdn.pem --tls-key /etc/ssl/cdn.key\n"
    "  ds proxy-config varnish --server-name example.com --listen 127.0.0.1:6081\n"
    "  ds proxy-config caddy --server-name example.com --origin unix:/run/ds.sock";

ExitCode print(ProxyCommand const& command) {
    auto settings = command.settings;
    if (command.cache) settings.caching = proxy::Caching::on;
    if (command.no_cache) settings.caching = proxy::Caching::off;
    auto const site = proxy::check(*proxy::parse_kind(command.kind), std::move(settings));
    if (!site) return fail(ExitCode::misused, site.error().what);
    write_all(STDOUT_FILENO, proxy::configuration(*site));
    return ExitCode::done;
}

} // namespace

Action add_proxy_config(CommandLine& line, Session&) {
    auto command = std::make_shared<ProxyCommand>();
    auto& settings = command->settings;
    line.options({
        {"PROXY", &command->kind, "Which one: nginx, caddy or varnish",
         takes_one_of("nginx|caddy|varnish").required()},
        {"--origin", &settings.origin, "Where ds is: http://HOST:PORT or unix:PATH", takes("URL")},
        {"--server-name", &settings.server_name, "The name that clients ask for",
         takes("NAME").required()},
        {"--listen", &settings.listen, "Where the proxy listens; the usual port unless given",
         takes("ADDRESS:PORT")},
        {"--tls-cert", &settings.tls_cert, "Speak TLS with this certificate (PEM)", takes("FILE")},
        {"--tls-key", &settings.tls_key, "The key of that certificate (PEM)", takes("FILE")},
        {"--behind-cdn", &settings.behind_cdn, "Clients come through a CDN: it says who they are"},
        {"--cdn-network", &settings.cdn_networks,
         "From where the CDN connects, 192.0.2.0/24; may be repeated",
         takes_list("CIDR").needs("--behind-cdn")},
        {"--cdn-header", &settings.cdn_header, "The header with the address of its client",
         takes("NAME").needs("--behind-cdn")},
        {"--cache", &command->cache, "Keep answers, behind a CDN as well"},
        {"--no-cache", &command->no_cache, "Keep none", takes().excludes("--cache")},
        {"--cache-dir", &settings.cache_dir, "Where nginx keeps them", takes("DIR")},
        {"--cache-mib", &settings.cache_mib, "How much of them", takes_measure(Measure::mebibytes)},
        {"--long-poll-timeout", &settings.long_poll_timeout, "As the server has it",
         takes_measure(Measure::seconds)},
        {"--sse-keep-alive", &settings.sse_keep_alive, "As the server has it",
         takes_measure(Measure::seconds)},
        {"--max-body", &settings.max_body, "As the server has it", takes_measure(Measure::bytes)},
    });
    line.footer(k_proxy_config_footer);
    return [command] { return print(*command); };
}

} // namespace ds
