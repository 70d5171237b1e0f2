// The configuration of nginx, 1.22 or newer: a file for its folder conf.d.
#include "proxy/configuration.h"

namespace ds::proxy {
namespace {

constexpr char const* k_nginx_form = R"conf(# nginx in front of ds, written by ds proxy-config.
#
# Put it into /etc/nginx/conf.d/ds.conf; then: nginx -t && systemctl reload nginx
# Many readers need room in /etc/nginx/nginx.conf: worker_connections (two for each who is not
# answered out of the cache) and worker_rlimit_nofile.
# The server: @SERVE@

upstream ds_origin {
    server @ORIGIN@;
    keepalive 256;
    keepalive_timeout 50s;  # ds ends idle connections after its --idle-timeout, 60 s
}
@CDN@@CACHE@
server {
@LISTEN@
    server_name @NAME@;
@TLS@@REAL_IP@
    location / {
        proxy_pass http://ds_origin;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        # What the client says of itself here does not count.
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto @SCHEME@;
        proxy_set_header X-Forwarded-Host $http_host;

        client_max_body_size @BODY@;
        proxy_connect_timeout 5s;
        proxy_read_timeout @READ@s;  # a silent SSE response has a comment every @ALIVE@ s
        proxy_send_timeout 60s;
@USE@    }
}
)conf";

// Behind a CDN: whom it names, if it is the CDN that says so.
constexpr char const* k_nginx_cdn_form = R"conf(
geo $realip_remote_addr $ds_by_cdn {
    default 0;
@NETWORKS@}
map "$ds_by_cdn $http_x_forwarded_proto" $ds_scheme {
    default $scheme;
    "1 https" https;
    "1 http" http;
}
)conf";

constexpr char const* k_nginx_cache_form = R"conf(
# Answers are kept as long as their Cache-Control says, stale-while-revalidate included: no
# proxy_cache_valid, no proxy_ignore_headers. What is private, or took a token, is not kept.
proxy_cache_path @DIR@ levels=1:2 keys_zone=ds:32m max_size=@SIZE@m inactive=10m use_temp_path=off;

# One key for equal reads, in whichever order their parameters are. A query that is not plainly that
# of a read is its own key.
map $request_uri $ds_path {
    "~^(?<ds_path_only>[^?]*)" $ds_path_only;
}
map $args $ds_query {
    default "as it came: $args";
    "~^@PLAIN@" "offset=$arg_offset&limit=$arg_limit&live=$arg_live&cursor=$arg_cursor&rk=$arg_rk";
}
# Where the end is: asked by all who begin, kept by nobody, so that none should wait for another.
map $arg_offset $ds_begins {
    default 0;
    now 1;
}
map "$request_method $arg_live $arg_rk $http_authorization" $ds_past_the_cache {
    default 0;
    "~^HEAD " 1;            # it says what a GET does not
    "~^GET sse " 1;         # endless
    "~^GET [^ ]*  ." 1;     # a token without a reader key: for the asker alone
}
# X-Cache is what ds says of its own cache. It says nothing of an answer that comes out of this one.
map $upstream_cache_status $ds_x_cache {
    default $upstream_http_x_cache;
    "~^(HIT|STALE|UPDATING|REVALIDATED)$" "";
}
)conf";

constexpr char const* k_use_form = R"conf(
        proxy_cache ds;
        proxy_cache_key "$ds_path $ds_query";
        # Equal requests wait for one answer, at least as long as a long-poll waits for data. nginx
        # looks every half second whether it is there.
        proxy_cache_lock on;
        proxy_cache_lock_timeout @LOCK@s;
        proxy_cache_lock_age @LOCK@s;
        # nginx counts who asks in ten bits: with 1, one of 1,024 that wait would go on to ds.
        proxy_cache_min_uses 0;
        proxy_cache_background_update on;  # what is stale but may be used is, and asked for anew
        proxy_cache_convert_head off;
        proxy_cache_bypass $ds_past_the_cache $ds_begins $arg_token $cookie_ds_token;
        proxy_no_cache $ds_past_the_cache $ds_begins $arg_token $cookie_ds_token;
        proxy_hide_header X-Cache;
        add_header X-Cache $ds_x_cache always;
        add_header X-Proxy-Cache $upstream_cache_status always;
)conf";

constexpr char const* k_pass_form = R"conf(
        proxy_buffering off;
)conf";

std::string networks_of(Site const& site, char const* before, char const* after) {
    std::string lines;
    for (auto const& network : site.said.cdn_networks)
        lines.append(before).append(network).append(after);
    return lines;
}

std::string listen_of(Site const& site) {
    bool const tls = !site.said.tls_cert.empty();
    std::string const how = tls ? " ssl http2;" : ";";
    if (!site.said.listen.empty()) return "    listen " + site.said.listen + how;
    std::string const port = tls ? "443" : "80";
    return "    listen " + port + how + "\n    listen [::]:" + port + how;
}

std::string tls_of(Site const& site) {
    if (site.said.tls_cert.empty()) return "";
    return "    ssl_certificate " + site.said.tls_cert + ";\n    ssl_certificate_key " +
           site.said.tls_key + ";\n    ssl_protocols TLSv1.2 TLSv1.3;\n";
}

std::string real_ip_of(Site const& site) {
    if (!site.said.behind_cdn) return "";
    return "\n" + networks_of(site, "    set_real_ip_from ", ";\n") + "    real_ip_header " +
           site.said.cdn_header + ";\n";
}

std::string cdn_of(Site const& site) {
    if (!site.said.behind_cdn) return "";
    return filled(k_nginx_cdn_form, {{"NETWORKS", networks_of(site, "    ", " 1;\n")}});
}

std::string cache_of(Site const& site) {
    if (!site.caches) return "";
    return filled(k_nginx_cache_form, {{"DIR", site.said.cache_dir},
                                       {"SIZE", std::to_string(site.said.cache_mib)},
                                       {"PLAIN", std::string(k_plain_query)}});
}

} // namespace

std::string nginx_configuration(Site const& site) {
    auto const use = site.caches ? filled(k_use_form, {{"LOCK", std::to_string(site.lock_seconds)}})
                                 : std::string(k_pass_form);
    auto const alive = static_cast<std::uint64_t>(site.said.sse_keep_alive);
    return filled(k_nginx_form, {{"SERVE", server_lines(site)},
                                 {"ORIGIN", site.origin.text()},
                                 {"CDN", cdn_of(site)},
                                 {"CACHE", cache_of(site)},
                                 {"LISTEN", listen_of(site)},
                                 {"NAME", site.said.server_name},
                                 {"TLS", tls_of(site)},
                                 {"REAL_IP", real_ip_of(site)},
                                 {"SCHEME", site.said.behind_cdn ? "$ds_scheme" : "$scheme"},
                                 {"BODY", std::to_string(site.said.max_body)},
                                 {"READ", std::to_string(site.read_seconds)},
                                 {"ALIVE", std::to_string(alive)},
                                 {"USE", use}});
}

} // namespace ds::proxy
