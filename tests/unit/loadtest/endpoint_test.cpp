// Promises of loadtest/endpoint.
#include "loadtest/endpoint.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

std::string first_address(std::string const& url) {
    auto const found = find_endpoint(url);
    REQUIRE_MESSAGE(found, url);
    REQUIRE(!found->addresses.empty());
    auto const& address = found->addresses.front();
    return address.address().to_string() + " " + std::to_string(address.port());
}

} // namespace

TEST_CASE("endpoint: a URL is taken apart") {
    auto const plain = find_endpoint("http://127.0.0.1:8080/under/here/");
    REQUIRE(plain);
    CHECK(!plain->tls);
    CHECK(plain->host == "127.0.0.1");
    CHECK(plain->authority == "127.0.0.1:8080");
    CHECK(plain->path == "/under/here");
    auto const tls = find_endpoint("https://127.0.0.1");
    REQUIRE(tls);
    CHECK(tls->tls);
    CHECK(tls->authority == "127.0.0.1");
    CHECK(tls->path.empty());
}

TEST_CASE("endpoint: ports, given or of the scheme") {
    CHECK(first_address("http://127.0.0.1") == "127.0.0.1 80");
    CHECK(first_address("http://127.0.0.1/") == "127.0.0.1 80");
    CHECK(first_address("https://127.0.0.1") == "127.0.0.1 443");
    CHECK(first_address("https://127.0.0.1:8443/") == "127.0.0.1 8443");
    CHECK(first_address("http://127.0.0.1:65535") == "127.0.0.1 65535");
}

TEST_CASE("endpoint: IPv6 addresses stand in brackets") {
    CHECK(first_address("http://[::1]") == "::1 80");
    CHECK(first_address("http://[::1]:8080/x") == "::1 8080");
    auto const found = find_endpoint("https://[::1]:8443");
    REQUIRE(found);
    CHECK(found->host == "::1");
    CHECK(found->authority == "[::1]:8443");
}

TEST_CASE("endpoint: what is no URL of a server is refused, with the URL") {
    for (std::string const bad : {"",
                                  "127.0.0.1:80",
                                  "ftp://127.0.0.1",
                                  "http://",
                                  "http:///x",
                                  "http://:80",
                                  "http://127.0.0.1:",
                                  "http://127.0.0.1:0",
                                  "http://127.0.0.1:65536",
                                  "http://127.0.0.1:x",
                                  "http://me@127.0.0.1",
                                  "http://127.0.0.1/x?y",
                                  "http://127.0.0.1?y",
                                  "http://127.0.0.1/x#y",
                                  "http://a b/",
                                  "http://a\r\nb/",
                                  "http://a/b\nc",
                                  "http://::1",
                                  "http://[::1",
                                  "http://[::1]x",
                                  "http://[::1]x:80",
                                  "http://[]:80"}) {
        CAPTURE(bad);
        auto const found = find_endpoint(bad);
        REQUIRE(!found);
        CHECK(found.error().fault == Fault::invalid);
        CHECK(found.error().what.find(bad) != std::string::npos);
    }
}

TEST_CASE("endpoint: a host that nobody knows is a host that cannot be reached") {
    auto const found = find_endpoint("http://no-such-host.invalid:80");
    REQUIRE(!found);
    CHECK(found.error().fault == Fault::unreachable);
    CHECK(found.error().what.find("no-such-host.invalid") != std::string::npos);
}
