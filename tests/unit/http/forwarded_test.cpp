// Promises of http/forwarded: who is believed, and how far.
#include "http/forwarded.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace ds::http;
using ds::transport::Address;
using ds::transport::Networks;
using ds::transport::parse_address;
using ds::transport::parse_network;

namespace {

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

Networks trusting(std::vector<std::string_view> const& texts) {
    Networks networks;
    for (auto const text : texts) {
        auto const network = parse_network(text);
        REQUIRE_MESSAGE(network, text);
        networks.push_back(*network);
    }
    return networks;
}

struct Found {
    std::string address;
    std::string url;
};

// What is found of a client when the peer is at `peer`, and 10.0.0.0/8, 2001:db8::/32 are trusted.
Found behind(std::string_view peer, Headers headers,
             std::vector<std::string_view> const& trusted = {"10.0.0.0/8", "2001:db8::/32"}) {
    Request request;
    request.headers = std::move(headers);
    Client const seen{peer == "unix" ? Address{.bytes = {}, .is_unix = true}
                                     : parse_address(peer).value(),
                      "http", "own.example"};
    auto const client = client_behind(seen, trusting(trusted), request);
    return {to_text(client.address), std::string(client.scheme) + "://" + std::string(client.host)};
}

std::string client_of(std::string_view peer, std::string_view forwarded_for) {
    return behind(peer, {{"X-Forwarded-For", forwarded_for}}).address;
}

} // namespace

TEST_CASE("forwarded: nobody is believed who is not trusted") {
    Headers const all{{"X-Forwarded-For", "1.2.3.4"},
                      {"X-Forwarded-Proto", "https"},
                      {"X-Forwarded-Host", "public.example"}};
    auto const found = behind("192.0.2.1", all);
    CHECK(found.address == "192.0.2.1");
    CHECK(found.url == "http://own.example");
    CHECK(behind("10.0.0.1", all, {}).address == "10.0.0.1");
    CHECK(behind("unix", all).address == "unix");
    CHECK(behind("unix", all, {"unix"}).address == "1.2.3.4");
    CHECK(behind("unix", all, {"unix"}).url == "https://public.example");
}

TEST_CASE("forwarded: the client is the first from the right that is not trusted") {
    CHECK(client_of("10.0.0.1", "1.2.3.4") == "1.2.3.4");
    CHECK(client_of("10.0.0.1", "6.6.6.6, 1.2.3.4") == "1.2.3.4");
    CHECK(client_of("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2, 2001:db8::7") == "1.2.3.4");
    CHECK(client_of("10.0.0.1", "6.6.6.6, 2a00::1, 10.0.0.2") == "2a00::1");
    CHECK(client_of("::ffff:10.0.0.1", "1.2.3.4") == "1.2.3.4");
    // Inside the trusted network it is whoever stands furthest.
    CHECK(client_of("10.0.0.1", "10.0.0.3, 10.0.0.2") == "10.0.0.3");
    CHECK(behind("10.0.0.1", {}).address == "10.0.0.1");
}

TEST_CASE("forwarded: several lines are one list, in their order, whatever their case") {
    auto const found = behind("10.0.0.1", {{"x-forwarded-for", "6.6.6.6"},
                                           {"Host", "own.example"},
                                           {"X-FORWARDED-FOR", "1.2.3.4 ,\t10.0.0.2"}});
    CHECK(found.address == "1.2.3.4");
}

TEST_CASE("forwarded: ports and brackets are understood") {
    CHECK(client_of("10.0.0.1", "1.2.3.4:5678") == "1.2.3.4");
    CHECK(client_of("10.0.0.1", "[2a00::1]") == "2a00::1");
    CHECK(client_of("10.0.0.1", "[2a00::1]:5678") == "2a00::1");
    CHECK(client_of("10.0.0.1", "1.2.3.4, 10.0.0.2:80, [2001:db8::9]:81") == "1.2.3.4");
}

TEST_CASE("forwarded: what is malformed ends the walk at the last hop that is known") {
    for (std::string const bad :
         {"unknown", "_hidden", "", "1.2.3", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:x", "[2a00::1",
          "[2a00::1]x", "2a00::1]", "[]", "unix", "10.0.0.0/8", "\"1.2.3.4\"", "1.2.3.4;"}) {
        CAPTURE(bad);
        CHECK(client_of("10.0.0.1", bad) == "10.0.0.1");
        CHECK(client_of("10.0.0.1", "6.6.6.6, " + bad) == "10.0.0.1");
        CHECK(client_of("10.0.0.1", "6.6.6.6, " + bad + ", 10.0.0.2") == "10.0.0.2");
        CHECK(client_of("10.0.0.1", bad + ", 1.2.3.4") == "1.2.3.4");
    }
    std::string many;
    for (int i = 0; i < 5000; ++i)
        many += "10.0.0.2,";
    CHECK(client_of("10.0.0.1", many + "10.0.0.3") == "10.0.0.2");
}

TEST_CASE("forwarded: scheme and host are those of the proxy that saw the client") {
    auto const url = [](Headers headers) { return behind("10.0.0.1", std::move(headers)).url; };
    CHECK(url({{"X-Forwarded-Proto", "https"}}) == "https://own.example");
    CHECK(url({{"X-Forwarded-Proto", "HTTPS"}}) == "https://own.example");
    CHECK(url({{"X-Forwarded-Host", "public.example:8443"}}) == "http://public.example:8443");
    CHECK(url({{"X-Forwarded-Host", "[2a00::1]:443"}}) == "http://[2a00::1]:443");
    // One proxy: what stands left of its own entry is the client's.
    CHECK(url({{"X-Forwarded-For", "1.2.3.4"}, {"X-Forwarded-Proto", "https, http"}}) ==
          "http://own.example");
    // Two, each of which added an entry: the outer one knows how the client came.
    CHECK(url({{"X-Forwarded-For", "1.2.3.4, 10.0.0.2"}, {"X-Forwarded-Proto", "https, http"}}) ==
          "https://own.example");
    CHECK(url({{"X-Forwarded-For", "1.2.3.4, 10.0.0.2"},
               {"X-Forwarded-Host", "evil.example, public.example, inner.example"}}) ==
          "http://public.example");
    // Two, the inner of which passed on what the outer said.
    CHECK(url({{"X-Forwarded-For", "1.2.3.4, 10.0.0.2"}, {"X-Forwarded-Proto", "https"}}) ==
          "https://own.example");
}

TEST_CASE("forwarded: a scheme or a host that cannot be one is as good as none") {
    for (std::string_view const bad : {"", "ftp", "https://", "http s"})
        CHECK(behind("10.0.0.1", {{"X-Forwarded-Proto", bad}}).url == "http://own.example");
    std::string const longer(300, 'a');
    for (std::string_view const bad : std::vector<std::string_view>{
             "", "a b", "a/b", "user@host", "a?b", "a#b", "\"a\"", "a\\b", "a%00", longer})
        CHECK_MESSAGE(behind("10.0.0.1", {{"X-Forwarded-Host", bad}}).url == "http://own.example",
                      bad);
}
