// When streams end, and the two headers that say it.
#include "model/lifetime.h"

#include <doctest/doctest.h>

namespace ds {

namespace {

constexpr Millis k_touched = Millis(std::chrono::milliseconds{1'000'500});

} // namespace

TEST_CASE("lifetime: a TTL slides with the last touch") {
    CHECK(expires(Ttl{std::chrono::seconds{10}}, k_touched) == from_count_ms(1'010'500));
    CHECK(expires(Ttl{std::chrono::seconds{0}}, k_touched) == k_touched);
    CHECK(expires(Ttl{k_ttl_max}, k_touched) > k_touched);
}

TEST_CASE("lifetime: an instant is moved by nothing, and without a lifetime nothing ends") {
    CHECK(expires(ExpiresAt{from_count_ms(5)}, k_touched) == from_count_ms(5));
    CHECK_FALSE(expires(Forever{}, k_touched));
}

TEST_CASE("lifetime: a fork lives by its own, else by its source's") {
    Lifetime const ttl = Ttl{std::chrono::seconds{10}};
    Lifetime const at = ExpiresAt{from_count_ms(5)};
    CHECK(inherited(Forever{}, ttl) == ttl);
    CHECK(inherited(at, ttl) == at);
    CHECK(inherited(Ttl{std::chrono::seconds{99'999}}, ttl) ==
          Lifetime{Ttl{std::chrono::seconds{99'999}}});
    CHECK(inherited(Forever{}, Forever{}) == Lifetime{Forever{}});
}

TEST_CASE("ttl: whole seconds without sign or leading zero") {
    CHECK(parse_ttl("0")->window.count() == 0);
    CHECK(parse_ttl("3600")->window.count() == 3'600);
    CHECK(parse_ttl("3153600000")->window == k_ttl_max);
    for (auto const* text : {"", "-5", "+60", "060", "00", "60.5", "1e3", "abc", " 60", "60s",
                             "3153600001", "99999999999999999999"}) {
        CAPTURE(text);
        auto const ttl = parse_ttl(text);
        REQUIRE_FALSE(ttl);
        CHECK(ttl.error().fault == Fault::invalid);
        CHECK(ttl.error().what.find("Stream-TTL") != std::string::npos);
    }
}

TEST_CASE("expires at: an RFC 3339 instant, past ones too") {
    CHECK(parse_expires_at("1970-01-01T00:00:01Z")->instant == from_count_ms(1'000));
    CHECK(parse_expires_at("1970-01-01T01:00:01+01:00")->instant == from_count_ms(1'000));
    for (auto const* text :
         {"", "tomorrow", "1700000000", "2030-01-02", "Wed, 02 Jan 2030 03:04:05 GMT"}) {
        CAPTURE(text);
        auto const at = parse_expires_at(text);
        REQUIRE_FALSE(at);
        CHECK(at.error().fault == Fault::invalid);
        CHECK(at.error().what.find("Stream-Expires-At") != std::string::npos);
    }
}

} // namespace ds
