// The configuration of Varnish, 7.1 or newer: a file of VCL, and the command line that goes with
// it.
#include "proxy/configuration.h"

namespace ds::proxy {
namespace {

constexpr char const* k_varnish_form = R"conf(# Varnish in front of ds, written by ds proxy-config.
#
# varnishd -a @LISTEN@ -f ds.vcl -s malloc,@SIZE@M \
#     -p rush_exponent=1000000 -p thread_queue_limit=20000 -p thread_pool_max=20000 \
#     -p pipe_timeout=@READ@ -p timeout_idle=75 -p backend_idle_timeout=50
#
# All who wait for an answer get it at once, instead of three at a time (rush_exponent), and nobody
# is turned away while they do (thread_queue_limit). Each SSE reader takes a thread; who waits in a
# long-poll takes one only while it is the first to ask. ds ends idle connections after its
# --idle-timeout, 60 s: the one who asks must be sooner. Varnish speaks no TLS: put hitch, nginx or
# a CDN in front of it.
# The server: @SERVE@

vcl 4.1;

import std;

backend ds {
@ORIGIN@
    .connect_timeout = 5s;
    .first_byte_timeout = @READ@s;
    .between_bytes_timeout = @READ@s;
}
@CDN_ACL@
sub vcl_recv {
    if (req.http.Host !~ "(?i)^@NAME@(:[0-9]+)?$") {
        return (synth(421, "Misdirected Request"));
    }
    # What the client says of itself here does not count.
    set req.http.X-Forwarded-For = client.ip;
    set req.http.X-DS-Scheme = "http";
@CDN@    set req.http.X-Forwarded-Proto = req.http.X-DS-Scheme;
    unset req.http.X-DS-Scheme;
    set req.http.X-Forwarded-Host = req.http.Host;

    # Endless: handed through as it comes, without a time limit for the whole.
    if (req.method == "GET" && req.url ~ "[?&]live=sse(&|$)") {
        return (pipe);
    }
@RECV@}

sub vcl_pipe {
    set bereq.http.Connection = "close";
}
@CACHE@)conf";

constexpr char const* k_varnish_cdn_form = R"conf(    # But for what the CDN says of it.
    if (client.ip ~ cdn) {
        set req.http.X-Forwarded-For = std.ip(req.http.@HEADER@, client.ip);
        if (req.http.X-Forwarded-Proto ~ "(?i)^https?$") {
            set req.http.X-DS-Scheme = req.http.X-Forwarded-Proto;
        }
    }
)conf";

constexpr char const* k_pass_recv = R"conf(    return (pass);
)conf";

constexpr char const* k_cache_recv = R"conf(
    # Only reads are kept. A HEAD says what a GET does not.
    if (req.method != "GET") {
        return (pass);
    }
    # A token in the URL or in a cookie, or one without a reader key: for the asker alone.
    if (req.url ~ "[?&]token=" || req.http.Cookie ~ "(^|;\s*)ds_token=" ||
        (req.http.Authorization && req.url !~ "[?&]rk=[^&]")) {
        return (pass);
    }
    return (hash);
)conf";

constexpr char const* k_cache_form = R"conf(
# One key for equal reads, in whichever order their parameters are. A query that is not plainly that
# of a read is its own key.
sub vcl_hash {
    if (req.url ~ "^[^?]*\?@PLAIN@") {
        hash_data(std.querysort(req.url));
    } else {
        hash_data("as it came: " + req.url);
    }
    return (lookup);
}

# Answers are kept as long as their Cache-Control says; how long after that, while they are asked
# for anew, stale-while-revalidate says.
sub vcl_backend_response {
    set beresp.keep = 0s;
    if (beresp.http.Cache-Control !~ "(?i)stale-while-revalidate") {
        set beresp.grace = 0s;
    }
    if (beresp.ttl <= 0s || !beresp.http.Cache-Control || beresp.http.Set-Cookie ||
        beresp.http.Vary == "*" ||
        beresp.http.Cache-Control ~ "(?i)(^|[\s,])(private|no-store|no-cache)") {
        # Not kept. Those who waited for it ask for themselves, all at once: without this second
        # they would wait for each other, one long-poll after the other, and with Varnish's two
        # minutes nobody would be collapsed for as long.
        set beresp.ttl = 1s;
        set beresp.grace = 0s;
        set beresp.uncacheable = true;
    }
    return (deliver);
}

sub vcl_backend_error {
    set beresp.http.Cache-Control = "no-store";
}

sub vcl_pass {
    set req.http.X-DS-Proxy-Cache = "BYPASS";
}

sub vcl_miss {
    set req.http.X-DS-Proxy-Cache = "MISS";
}

sub vcl_hit {
    set req.http.X-DS-Proxy-Cache = "HIT";
    if (obj.ttl <= 0s) {
        set req.http.X-DS-Proxy-Cache = "STALE";
    }
}

sub vcl_deliver {
    set resp.http.X-Proxy-Cache = req.http.X-DS-Proxy-Cache;
    # X-Cache is what ds says of its own cache. It says nothing of an answer that comes out of this
    # one.
    if (req.http.X-DS-Proxy-Cache ~ "HIT|STALE") {
        unset resp.http.X-Cache;
    }
    unset resp.http.X-Varnish;
}
)conf";

// An acl has the bits outside of the quotes: "192.0.2.0"/24.
std::string acl_of(Site const& site) {
    if (!site.said.behind_cdn) return "";
    std::string acl = "\nacl cdn {\n";
    for (auto const& network : site.said.cdn_networks) {
        auto const slash = network.find('/');
        acl += "    \"" + network.substr(0, slash) + "\"" +
               (slash == std::string::npos ? "" : network.substr(slash)) + ";\n";
    }
    return acl + "}\n";
}

std::string origin_of(Origin const& origin) {
    if (!origin.unix_path.empty()) return "    .path = \"" + origin.unix_path + "\";";
    return "    .host = \"" + origin.host + "\";\n    .port = \"" + std::to_string(origin.port) +
           "\";";
}

// As a regular expression.
std::string escaped(std::string_view name) {
    std::string text;
    for (auto const c : name)
        text += c == '.' ? std::string("\\.") : std::string(1, c);
    return text;
}

} // namespace

std::string varnish_configuration(Site const& site) {
    auto const cdn = site.said.behind_cdn
                         ? filled(k_varnish_cdn_form, {{"HEADER", site.said.cdn_header}})
                         : std::string();
    auto const cache =
        site.caches ? filled(k_cache_form, {{"PLAIN", std::string(k_plain_query)}}) : std::string();
    return filled(k_varnish_form, {{"LISTEN", site.said.listen.empty() ? ":80" : site.said.listen},
                                   {"SIZE", std::to_string(site.said.cache_mib)},
                                   {"READ", std::to_string(site.read_seconds)},
                                   {"SERVE", server_lines(site)},
                                   {"ORIGIN", origin_of(site.origin)},
                                   {"CDN_ACL", acl_of(site)},
                                   {"NAME", escaped(site.said.server_name)},
                                   {"CDN", cdn},
                                   {"RECV", site.caches ? k_cache_recv : k_pass_recv},
                                   {"CACHE", cache}});
}

} // namespace ds::proxy
