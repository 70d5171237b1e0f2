// Which addresses are the internet's.
#include "net/reach.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

TEST_CASE("reach: the internet is what is neither private nor local nor special") {
    for (std::string const text :
         {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
          "126.255.255.255", "128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0",
          "192.167.255.255", "223.255.255.255", "2606:4700::1", "2a00:1450:4001::1",
          "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"}) {
        CAPTURE(text);
        CHECK(reaches(Reach::internet, address_bytes(text).value()));
        CHECK_FALSE(reaches(Reach::loopback, address_bytes(text).value()));
    }
    for (auto const& text : test::between_bars(
             "0.0.0.0|10.0.0.0|10.255.255.255|100.64.0.0|100.127.255.255|127.0.0.1|"
             "169.254.169.254|172.16.0.0|172.31.255.255|192.0.0.8|192.168.0.1|198.18.0.1|"
             "198.19.255.255|224.0.0.1|239.1.1.1|255.255.255.255|::|::1|::ffff:127.0.0.1|"
             "::ffff:169.254.169.254|fe80::1|fc00::1|fd00:ec2::254|ff02::1|64:ff9b::10.0.0.1|"
             "64:ff9b:1::1|2002:a9fe:a9fe::1|2001::1|2001:db8::1|::10.0.0.1|4000::1")) {
        CAPTURE(text);
        CHECK_FALSE(reaches(Reach::internet, address_bytes(text).value()));
        CHECK(reaches(Reach::anywhere, address_bytes(text).value()));
    }
}

TEST_CASE("reach: loopback is this machine and nothing else") {
    for (std::string const text : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"})
        CHECK(reaches(Reach::loopback, address_bytes(text).value()));
    for (std::string const text : {"126.0.0.1", "128.0.0.1", "0.0.0.0", "::", "::2", "10.0.0.1"})
        CHECK_FALSE(reaches(Reach::loopback, address_bytes(text).value()));
}

TEST_CASE("reach: an address has one spelling, and one of another size is nowhere") {
    for (std::string const text :
         {"", "1", "1.2.3", "01.2.3.4", "0x1.2.3.4", "1.2.3.4 ", "[::1]", "::g"})
        CHECK_FALSE(address_bytes(text));
    CHECK_FALSE(reaches(Reach::anywhere, ""));
    CHECK_FALSE(reaches(Reach::anywhere, "123"));
}

TEST_CASE("reach: what this machine is called by itself") {
    for (auto const* host :
         {"127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "::1", "[::1]", "::ffff:127.0.0.1"})
        CHECK_MESSAGE(is_loopback(host), host);
    for (auto const* host : {"", "0.0.0.0", "::", "128.0.0.1", "127.0.0", "127.0.0.1.evil.example",
                             "localhost.evil.example", "[::2]", "192.168.1.1"})
        CHECK_FALSE_MESSAGE(is_loopback(host), host);
    CHECK_FALSE(is_loopback(std::string_view("127.0.0.1\0.evil", 15)));
}
