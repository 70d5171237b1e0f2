// Promises of transport/address: addresses and networks, written and compared.
#include "transport/address.h"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <unordered_set>

using namespace ds::transport;

namespace {

Address at(std::string_view text) {
    auto const address = parse_address(text);
    REQUIRE_MESSAGE(address, text);
    return *address;
}

bool holds(std::string_view network, std::string_view address) {
    auto const parsed = parse_network(network);
    REQUIRE_MESSAGE(parsed, network);
    return parsed->contains(at(address));
}

} // namespace

TEST_CASE("address: what is written is read, in one spelling") {
    for (std::string const text :
         {"10.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::ffff"})
        CHECK(to_text(at(text)) == text);
    CHECK(to_text(at("2001:DB8:0:0::1")) == "2001:db8::1");
    CHECK(to_text({.bytes = {}, .is_unix = true}) == "unix");
}

TEST_CASE("address: IPv4 is the same address when it comes to an IPv6 socket") {
    CHECK(at("::ffff:10.1.2.3") == at("10.1.2.3"));
    CHECK(to_text(at("::ffff:10.1.2.3")) == "10.1.2.3");
    CHECK(at("::10.1.2.3") != at("10.1.2.3"));
}

TEST_CASE("address: what is none is not guessed") {
    for (std::string_view const text :
         {"", " ", "unix", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ", "1.2.3.4:5",
          "[::1]", "::1%eth0", "1:2:3:4:5:6:7:8:9", "0x7f000001", "2130706433"})
        CHECK_MESSAGE(!parse_address(text), text);
    CHECK(!parse_address(std::string_view("10.0.0.1\0", 9)));
    CHECK(!parse_address(std::string(1000, '1')));
}

TEST_CASE("address: equal ones are one key, and a Unix peer is another than ::") {
    std::unordered_set<Address> keys{at("10.0.0.1"), at("::ffff:10.0.0.1"), at("::")};
    CHECK(keys.size() == 2);
    keys.insert(Address{.bytes = {}, .is_unix = true});
    CHECK(keys.size() == 3);
}

TEST_CASE("network: a prefix is counted in bits, for both families") {
    CHECK(holds("10.0.0.0/8", "10.255.0.1"));
    CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
    CHECK(holds("192.168.4.0/22", "192.168.7.255"));
    CHECK_FALSE(holds("192.168.4.0/22", "192.168.8.0"));
    CHECK(holds("0.0.0.0/0", "1.2.3.4"));
    CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
    CHECK(holds("10.0.0.7", "10.0.0.7"));
    CHECK(holds("10.0.0.7/32", "10.0.0.7"));
    CHECK_FALSE(holds("10.0.0.7", "10.0.0.6"));
    CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(holds("::/0", "2001:db8::1"));
    CHECK(holds("::1", "::1"));
    CHECK(holds("10.0.0.0/8", "::ffff:10.0.0.1"));
    CHECK(holds("::ffff:10.0.0.0/104", "10.9.9.9"));
}

TEST_CASE("network: unix is who comes through the Unix socket, and nobody else") {
    auto const network = parse_network("unix");
    REQUIRE(network);
    Address const local{.bytes = {}, .is_unix = true};
    CHECK(network->contains(local));
    CHECK_FALSE(network->contains(at("::")));
    CHECK_FALSE(parse_network("::/0")->contains(local));
    CHECK(contains({*parse_network("10.0.0.0/8"), *network}, local));
    CHECK_FALSE(contains({}, local));
}

TEST_CASE("network: what was hardly meant is refused") {
    for (std::string_view const text :
         {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8",
          "10.0.0.1/8", "2001:db8::1/32", "2001:db8::/129", "localhost", "unix/8", "10.0.0.0 /8"})
        CHECK_MESSAGE(!parse_network(text), text);
}

TEST_CASE("address: the peer of a socket is known, of a Unix one and of a broken one too") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    CHECK(peer_of(ends[0]).is_unix);
    ::close(ends[0]);
    ::close(ends[1]);
    CHECK(peer_of(-1) == at("::"));
}
