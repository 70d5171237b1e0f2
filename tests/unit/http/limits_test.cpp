// Promises of http/limits and http/client_address.
#include "http/client_address.h"
#include "http/limits.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace ds;
using namespace ds::http;
using namespace std::chrono_literals;

namespace {

Limits::Time const k_start{std::chrono::hours(1000)};

HttpOptions options_of(ScopeLimits const& project, ScopeLimits const& address) {
    HttpOptions options;
    options.project = project;
    options.address = address;
    return options;
}

Request request_to(std::string_view path, std::size_t bytes = 0) {
    Request request;
    request.method = Method::post;
    request.path = path;
    request.body = std::string(bytes, 'x');
    return request;
}

std::string retry_of(std::optional<Response> const& response) {
    REQUIRE(response);
    CHECK(response->status() == 429);
    CHECK(response->content().view().find("\"code\":\"RATE_LIMITED\"") != std::string_view::npos);
    auto const& headers = response->headers();
    auto const at = headers.find("Retry-After: ");
    REQUIRE(at != std::string::npos);
    auto const begin = at + 13;
    return headers.substr(begin, headers.find('\r', begin) - begin);
}

// As a request that is let in goes through both.
std::optional<Response> refuse(Limits& limits, Guest& guest, Request const& request,
                               Limits::Time now) {
    if (auto refused = limits.refuse_address(guest, request, now)) return refused;
    return limits.refuse_project(guest, request, now);
}

std::string address_of(char const* text) {
    return client_address(*parse_address(text));
}

} // namespace

TEST_CASE("limits: off unless one is set") {
    LimitCounts counts;
    CHECK_FALSE(Limits({}, counts).on());
    CHECK(Limits(options_of({.readers = 1}, {}), counts).on());
    CHECK(Limits(options_of({}, {.bytes = 1}), counts).on());
}

TEST_CASE("limits: who is over one limit takes nothing of another") {
    LimitCounts counts;
    Limits limits(options_of({.requests = 2}, {.requests = 1}), counts);
    auto const first = limits.welcome("192.0.2.1", k_start);
    auto const second = limits.welcome("192.0.2.2", k_start);
    auto const third = limits.welcome("192.0.2.3", k_start);
    auto const to_a = request_to("/v1/stream/a/x");
    CHECK_FALSE(refuse(limits, *first, to_a, k_start));
    for (int i = 0; i < 10; ++i)
        CHECK(retry_of(refuse(limits, *first, to_a, k_start)) == "1");
    // The project has one left, whatever the first address tried.
    CHECK_FALSE(refuse(limits, *second, to_a, k_start));
    for (int i = 0; i < 10; ++i)
        CHECK(retry_of(refuse(limits, *third, to_a, k_start)) == "1");
    // And the third address has its own, for another project, and for what is no stream.
    CHECK_FALSE(refuse(limits, *third, request_to("/v1/stream/b/x"), k_start));
    CHECK(refuse(limits, *third, request_to("/nothing"), k_start));
    auto const all = counts.all();
    CHECK(all[static_cast<std::size_t>(Limit::address_requests)] == 11);
    CHECK(all[static_cast<std::size_t>(Limit::project_requests)] == 10);
}

TEST_CASE("limits: a stream without a project counts for the default one") {
    LimitCounts counts;
    Limits limits(options_of({.requests = 1}, {}), counts);
    auto const guest = limits.welcome("", k_start);
    CHECK_FALSE(refuse(limits, *guest, request_to("/v1/stream/x"), k_start));
    CHECK(refuse(limits, *guest, request_to("/v1/stream/_default/y"), k_start));
    CHECK(refuse(limits, *guest, request_to("/v1/stream/_default%2Fz"), k_start));
    CHECK_FALSE(refuse(limits, *guest, request_to("/v1/stream/p/x"), k_start));
}

TEST_CASE("limits: the wait of the limit that refuses is told, of the address first") {
    LimitCounts counts;
    Limits limits(options_of({.bytes = 100}, {.bytes = 1000}), counts);
    auto const guest = limits.welcome("192.0.2.1", k_start);
    CHECK_FALSE(refuse(limits, *guest, request_to("/v1/stream/a/x", 3000), k_start));
    CHECK(retry_of(refuse(limits, *guest, request_to("/v1/stream/a/x", 1), k_start)) == "3");
    CHECK(retry_of(refuse(limits, *guest, request_to("/v1/stream/b/x", 1), k_start)) == "3");
    CHECK_FALSE(refuse(limits, *guest, request_to("/v1/stream/b/x", 1), k_start + 4s));
    CHECK(retry_of(refuse(limits, *guest, request_to("/v1/stream/a/x", 1), k_start + 4s)) == "26");
    CHECK(refuse(limits, *guest, request_to("/v1/stream/a/x", 1), k_start + 29s));
    CHECK_FALSE(refuse(limits, *guest, request_to("/v1/stream/a/x", 1), k_start + 30s));
}

TEST_CASE("limits: a connection belongs to the project that it last asked for") {
    LimitCounts counts;
    Limits limits(options_of({.connections = 1}, {}), counts);
    auto first = limits.welcome("", k_start);
    auto second = limits.welcome("", k_start);
    CHECK_FALSE(refuse(limits, *first, request_to("/v1/stream/a/x"), k_start));
    CHECK_FALSE(refuse(limits, *first, request_to("/v1/stream/a/y"), k_start));
    auto const refused = refuse(limits, *second, request_to("/v1/stream/a/x"), k_start);
    CHECK(retry_of(refused) == "1");
    CHECK(refused->closes());
    CHECK_FALSE(refuse(limits, *first, request_to("/v1/stream/b/x"), k_start));
    CHECK_FALSE(refuse(limits, *second, request_to("/v1/stream/a/x"), k_start));
    first.reset();
    CHECK_FALSE(refuse(limits, *second, request_to("/v1/stream/b/x"), k_start));
}

TEST_CASE("limits: a live reader without a seat takes nothing, not even its request") {
    LimitCounts counts;
    Limits limits(options_of({.requests = 3, .readers = 1}, {.readers = 2}), counts);
    auto const guest = limits.welcome("192.0.2.1", k_start);
    auto const request = request_to("/v1/stream/a/x");
    auto const name = *parse_stream_name("a/x");
    auto const live = [&] {
        REQUIRE_FALSE(refuse(limits, *guest, request, k_start));
        return limits.seat_reader(*guest, request, name, k_start);
    };
    auto seats = live();
    REQUIRE(std::holds_alternative<std::unique_ptr<ReaderSeats>>(seats));
    for (int i = 0; i < 10; ++i)
        CHECK(std::holds_alternative<Response>(live()));
    std::get<std::unique_ptr<ReaderSeats>>(seats).reset();
    CHECK(std::holds_alternative<std::unique_ptr<ReaderSeats>>(live()));
    CHECK(counts.all()[static_cast<std::size_t>(Limit::project_readers)] == 10);
}

TEST_CASE("limits: an IPv6 client is its network, an IPv4 client is itself") {
    CHECK(address_of("192.0.2.7") == "192.0.2.7");
    CHECK(address_of("::ffff:192.0.2.7") == "192.0.2.7");
    CHECK(address_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    CHECK(address_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64");
    CHECK(address_of("2001:db8:1:3::1") == "2001:db8:1:3::/64");
}
