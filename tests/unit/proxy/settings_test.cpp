// Promises of proxy/settings: what could break out of a configuration is refused, and named.
#include "proxy/settings.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace ds::proxy {

namespace {

using ds::test::has;

Settings good() {
    Settings settings;
    settings.server_name = "streams.example.com";
    return settings;
}

std::string trouble(Settings const& settings, Kind kind = Kind::nginx) {
    auto const site = check(kind, settings);
    return site ? "" : site.error().what;
}

std::string origin_of(std::string const& text) {
    auto settings = good();
    settings.origin = text;
    auto const site = check(Kind::nginx, settings);
    return site ? site->origin.text() : "refused";
}

std::string with_name(std::string const& name) {
    auto settings = good();
    settings.server_name = name;
    return trouble(settings);
}

Settings behind_cdn(std::vector<std::string> networks) {
    auto settings = good();
    settings.behind_cdn = true;
    settings.cdn_networks = std::move(networks);
    return settings;
}

} // namespace

TEST_CASE("proxy settings: an origin is a port or a path of the Unix domain") {
    CHECK(origin_of("http://127.0.0.1:4437") == "127.0.0.1:4437");
    CHECK(origin_of("http://10.0.0.1/") == "10.0.0.1:80");
    CHECK(origin_of("http://[::1]:4437") == "[::1]:4437");
    CHECK(origin_of("http://ds.internal:4437") == "ds.internal:4437");
    CHECK(origin_of("unix:/run/ds/ds.sock") == "unix:/run/ds/ds.sock");
    // What the name means first may be ::1, where nobody listens.
    CHECK(origin_of("http://localhost:4437") == "127.0.0.1:4437");
    for (auto const& wrong : test::between_bars(
             "|127.0.0.1:4437|http://|http://:80|http://a:0|http://a:65536|http://a:x|http://a:|"
             "http://a/b|http://a b|http://a;b|http://[::1|http://[::1]x|http://[a]:1|"
             "http://[127.0.0.1]:1|http://::1:4437|http://a:1:2|http://u@a|https://a|ftp://a|"
             "unix:|unix:run/ds.sock|unix:/a;b|unix:/a b|unix:/a\"b|unix:/a\nb|unix:/a{b|"
             "unix:/a$b|unix:/@ORIGIN@")) {
        CAPTURE(wrong);
        CHECK(origin_of(wrong) == "refused");
    }
}

TEST_CASE("proxy settings: names, paths and places contain nothing but what they may") {
    CHECK(with_name("streams.example.com") == "");
    CHECK(with_name("127.0.0.1") == "");
    for (auto const* wrong : {"", "a b", "a;b", "a\nb", "*.example.com", ".a", "-a", "a..b", "_",
                              "a:80", "\"", "a{", "a@b"}) {
        CAPTURE(wrong);
        CHECK(has(with_name(wrong), "--server-name must be"));
    }
    CHECK(has(with_name(std::string(254, 'a')), "--server-name must be"));
    auto settings = good();
    settings.listen = "8080";
    CHECK(has(trouble(settings), "--listen must be ADDRESS:PORT, not '8080'"));
    settings.listen = "[::1]:8080";
    CHECK(trouble(settings) == "");
    settings.cache_dir = "/var/cache; }";
    CHECK(has(trouble(settings), "--cache-dir must be a path"));
}

TEST_CASE("proxy settings: a CDN is known by its networks") {
    CHECK(trouble(behind_cdn({"192.0.2.0/24", "2001:db8::/32", "203.0.113.1"})) == "");
    CHECK(has(trouble(behind_cdn({})), "--behind-cdn needs the networks"));
    for (auto const* wrong : {"", "192.0.2.0/33", "192.0.2.1/24", "unix", "cdn", "192.0.2.0/24;"}) {
        CAPTURE(wrong);
        CHECK(has(trouble(behind_cdn({wrong})), "--cdn-network must be a network"));
    }
    auto settings = good();
    settings.cdn_networks = {"192.0.2.0/24"};
    CHECK(has(trouble(settings), "--cdn-network goes with --behind-cdn"));
    settings = behind_cdn({"192.0.2.0/24"});
    settings.cdn_header = "X Real";
    CHECK(has(trouble(settings), "--cdn-header must be the name of a header"));
}

TEST_CASE("proxy settings: TLS takes a certificate and a key, and a proxy that speaks it") {
    auto settings = good();
    settings.tls_cert = "/etc/ssl/chain.pem";
    CHECK(has(trouble(settings), "go together"));
    settings.tls_key = "/etc/ssl/key.pem";
    CHECK(trouble(settings) == "");
    CHECK(trouble(settings, Kind::caddy) == "");
    CHECK(has(trouble(settings, Kind::varnish), "varnish does not speak TLS"));
    settings.tls_key = "key.pem";
    CHECK(has(trouble(settings), "--tls-key must be a path from the root"));
}

TEST_CASE("proxy settings: what is cached follows from where the proxy stands") {
    auto const caches = [](Settings const& settings, Kind kind) {
        auto const site = check(kind, settings);
        REQUIRE(site);
        return site->caches;
    };
    CHECK(caches(good(), Kind::nginx));
    CHECK(caches(good(), Kind::varnish));
    CHECK_FALSE(caches(good(), Kind::caddy));
    auto settings = behind_cdn({"192.0.2.0/24"});
    CHECK_FALSE(caches(settings, Kind::nginx));
    settings.caching = Caching::on;
    CHECK(caches(settings, Kind::nginx));
    CHECK(has(trouble(settings, Kind::caddy), "caddy has no cache"));
    settings = good();
    settings.caching = Caching::off;
    CHECK_FALSE(caches(settings, Kind::varnish));
}

TEST_CASE("proxy settings: locks are longer than long-polls, and silence than comments are apart") {
    auto settings = good();
    auto site = check(Kind::nginx, settings);
    REQUIRE(site);
    CHECK(site->lock_seconds == 5);
    CHECK(site->read_seconds == 75);
    settings.long_poll_timeout = 59.5;
    settings.sse_keep_alive = 40;
    site = check(Kind::nginx, settings);
    REQUIRE(site);
    CHECK(site->lock_seconds == 61);
    CHECK(site->read_seconds == 120);
    constexpr auto k_nan = std::numeric_limits<double>::quiet_NaN();
    for (auto const wrong : {0.0, -1.0, 3'601.0, k_nan}) {
        settings = good();
        settings.long_poll_timeout = wrong;
        CHECK(has(trouble(settings), "--long-poll-timeout must be"));
        settings = good();
        settings.sse_keep_alive = wrong;
        CHECK(has(trouble(settings), "--sse-keep-alive must be"));
    }
    settings = good();
    settings.max_body = 0;
    CHECK(has(trouble(settings), "--max-body must be"));
    settings = good();
    settings.cache_mib = 0;
    CHECK(has(trouble(settings), "--cache-mib must be"));
}

TEST_CASE("proxy settings: there are three proxies") {
    CHECK(parse_kind("nginx") == Kind::nginx);
    CHECK(parse_kind("varnish") == Kind::varnish);
    CHECK(parse_kind("caddy") == Kind::caddy);
    CHECK_FALSE(parse_kind("Nginx"));
    CHECK_FALSE(parse_kind(""));
}

} // namespace ds::proxy
