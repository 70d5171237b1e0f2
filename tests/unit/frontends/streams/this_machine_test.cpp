// Promises of frontends/streams/this_machine: which names a browser on this machine means by
// itself.
#include "frontends/streams/this_machine.h"

#include <doctest/doctest.h>

#include <string_view>

using namespace ds::streams;

TEST_CASE("this_machine: loopback by any spelling, with or without a port") {
    for (std::string_view const host : {"localhost", "LocalHost:4437", "127.0.0.1", "127.8.9.1:80",
                                        "[::1]", "[::1]:4437", "app.localhost:3000"}) {
        CAPTURE(host);
        CHECK(is_host_of_this_machine(host));
    }
}

TEST_CASE("this_machine: names that only look like it are foreign") {
    for (std::string_view const host :
         {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost",
          "10.0.0.1", "0.0.0.0", "[::]", "[::2]:4437", "128.0.0.1", "2130706433", "127.1"}) {
        CAPTURE(host);
        CHECK_FALSE(is_host_of_this_machine(host));
    }
}

TEST_CASE("this_machine: an origin has a scheme; null is nobody's") {
    CHECK(is_origin_of_this_machine("http://localhost:3000"));
    CHECK(is_origin_of_this_machine("https://127.0.0.1"));
    CHECK_FALSE(is_origin_of_this_machine("null"));
    CHECK_FALSE(is_origin_of_this_machine("localhost"));
    CHECK_FALSE(is_origin_of_this_machine("https://evil.example"));
    CHECK_FALSE(is_origin_of_this_machine("http://localhost@evil.example"));
}

TEST_CASE("this_machine: the public URL is a name of its own") {
    CHECK(is_host_of("https://streams.example.com", "streams.example.com"));
    CHECK(is_host_of("https://streams.example.com:8443/", "Streams.Example.com:8443"));
    CHECK_FALSE(is_host_of("https://streams.example.com", "streams.example.com.evil.example"));
    CHECK_FALSE(is_host_of("", ""));
    CHECK(is_origin_of("https://streams.example.com", "https://streams.example.com"));
    CHECK_FALSE(is_origin_of("https://streams.example.com", "http://streams.example.com"));
    CHECK_FALSE(is_origin_of("", "https://streams.example.com"));
}
