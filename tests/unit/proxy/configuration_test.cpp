// Promises of proxy/configuration that need no proxy; what the proxies make of it is tested end to
// end.
#include "protocol/headers.h"
#include "proxy/configuration.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <string>

namespace ds::proxy {

namespace {

using ds::test::has;

std::string written(Kind kind, Settings settings = {}) {
    if (settings.server_name.empty()) settings.server_name = "streams.example.com";
    auto const site = check(kind, std::move(settings));
    REQUIRE(site);
    return configuration(*site);
}

Settings behind_cdn() {
    Settings settings;
    settings.behind_cdn = true;
    settings.cdn_networks = {"192.0.2.0/24", "2001:db8::/32"};
    return settings;
}

constexpr Kind k_kinds[] = {Kind::nginx, Kind::varnish, Kind::caddy};

} // namespace

TEST_CASE("proxy configuration: all places are filled in, in every form") {
    Settings unix_socket;
    unix_socket.origin = "unix:/run/ds.sock";
    for (auto const kind : k_kinds)
        for (auto const& settings : {Settings{}, behind_cdn(), unix_socket}) {
            auto const text = written(kind, settings);
            CAPTURE(text);
            for (auto const* mark : {"@ORIGIN@", "@NAME@", "@READ@", "@CDN@", "@CACHE@", "@PLAIN@"})
                CHECK_FALSE(has(text, mark));
            CHECK(has(text, "written by ds proxy-config"));
            CHECK(has(text, "ds serve --listen "));
            CHECK(has(text, "--trust-proxy "));
            CHECK(text.ends_with("}\n"));
        }
}

TEST_CASE("proxy configuration: nginx") {
    auto const text = written(Kind::nginx);
    CHECK(has(text, "    server 127.0.0.1:4437;"));
    CHECK(has(text, "    listen 80;\n    listen [::]:80;\n    server_name streams.example.com;"));
    CHECK(has(text, "client_max_body_size 33554432;"));
    CHECK(has(text, "proxy_read_timeout 75s;"));
    CHECK(has(text, "proxy_cache_lock_timeout 5s;"));
    CHECK(has(text, "proxy_cache_lock_age 5s;"));
    CHECK_FALSE(has(text, "proxy_buffering off"));
    CHECK_FALSE(has(text, "ipv6=off"));
    auto const cdn = written(Kind::nginx, behind_cdn());
    CHECK(has(cdn, "    set_real_ip_from 192.0.2.0/24;\n    set_real_ip_from 2001:db8::/32;\n"
                   "    real_ip_header CF-Connecting-IP;"));
    CHECK(has(cdn, "proxy_buffering off;"));
    CHECK_FALSE(has(cdn, "proxy_cache "));
    Settings tls;
    tls.tls_cert = "/etc/ssl/chain.pem";
    tls.tls_key = "/etc/ssl/key.pem";
    CHECK(has(written(Kind::nginx, tls), "    listen 443 ssl http2;\n"));
    CHECK(has(written(Kind::nginx, tls), "    ssl_certificate_key /etc/ssl/key.pem;\n"));
}

TEST_CASE("proxy configuration: Varnish") {
    auto const text = written(Kind::varnish);
    CHECK(has(text, "# varnishd -a :80 -f ds.vcl -s malloc,1024M "));
    CHECK(has(text, "    .host = \"127.0.0.1\";\n    .port = \"4437\";\n"));
    CHECK(has(text, "^streams\\.example\\.com(:[0-9]+)?$"));
    CHECK_FALSE(has(text, "acl cdn"));
    auto const cdn = written(Kind::varnish, behind_cdn());
    CHECK(has(cdn, "    \"192.0.2.0\"/24;\n    \"2001:db8::\"/32;\n"));
    CHECK(has(cdn, "std.ip(req.http.CF-Connecting-IP, client.ip)"));
    CHECK_FALSE(has(cdn, "vcl_hash"));
}

TEST_CASE("proxy configuration: Caddy") {
    CHECK(has(written(Kind::caddy), "\nhttps://streams.example.com {\n"));
    CHECK(has(written(Kind::caddy), "Caddy has no cache"));
    Settings settings;
    settings.listen = "[::1]:8080";
    CHECK(has(written(Kind::caddy, settings), "\nhttp://streams.example.com:8080 {\n\tbind ::1\n"));
    auto const cdn = written(Kind::caddy, behind_cdn());
    CHECK(has(cdn, "\nhttp://streams.example.com {\n"));
    CHECK(has(cdn, "\t@by_cdn remote_ip 192.0.2.0/24 2001:db8::/32\n"));
    CHECK(has(cdn, "\t\t\theader_up X-Forwarded-For {header.CF-Connecting-IP}\n"));
}

TEST_CASE("proxy configuration: cache keys know the parameters of a read, and no others") {
    std::string names;
    for (auto const name :
         {query::offset, query::limit, query::live, query::cursor, query::reader_key})
        names.append(names.empty() ? "" : "|").append(name);
    CHECK(has(std::string(k_plain_query), "(?:(?:" + names + ")="));
    CHECK(has(std::string(k_plain_query), "(" + names + ")=.*&\\1="));
}

TEST_CASE("proxy configuration: every name in a form is filled wherever it stands") {
    CHECK(filled("@A@ and @B@ and @A@", {{"A", "one"}, {"B", "@two"}}) == "one and @two and one");
}

TEST_CASE("proxy configuration: the server is told whom to believe") {
    auto const command = [](std::string const& origin) {
        Settings settings;
        settings.server_name = "a";
        settings.origin = origin;
        return server_command(*check(Kind::nginx, settings));
    };
    CHECK(command("http://127.0.0.2:1") == "ds serve --listen 127.0.0.2:1 --trust-proxy 127.0.0.1");
    CHECK(command("http://[::1]:1") == "ds serve --listen [::1]:1 --trust-proxy ::1");
    CHECK(command("unix:/s") == "ds serve --listen unix:/s --trust-proxy unix");
    CHECK(command("http://10.0.0.1:1") ==
          "ds serve --listen 10.0.0.1:1 --trust-proxy ADDRESS-OF-THIS-PROXY");
}

TEST_CASE("proxy configuration: who uses a socket must be in the server's group, and is told") {
    for (auto const kind : {Kind::nginx, Kind::caddy, Kind::varnish}) {
        Settings settings;
        settings.origin = "unix:/run/ds/ds.sock";
        auto const text = written(kind, settings);
        CHECK(has(text, "--trust-proxy unix\n# Its socket has the mode 0660"));
        CHECK_FALSE(has(written(kind), "0660"));
    }
}

} // namespace ds::proxy
