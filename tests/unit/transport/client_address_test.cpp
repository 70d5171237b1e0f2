// Whom the limits mean by an address.
#include "transport/client_address.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

TEST_CASE("client address: an IPv6 client is its network, an IPv4 client is itself") {
    auto const of = [](char const* text) {
        return transport::client_address(*transport::parse_address(text));
    };
    CHECK(of("192.0.2.7") == "192.0.2.7");
    CHECK(of("::ffff:192.0.2.7") == "192.0.2.7");
    CHECK(of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    CHECK(of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64");
    CHECK(of("2001:db8:1:3::1") == "2001:db8:1:3::/64");
}
