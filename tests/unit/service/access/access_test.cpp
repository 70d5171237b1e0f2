// Promises of service/access, as values: every kind of credential against every kind of access
// request.
#include "auth/jwt.h"
#include "fakes/manual_clock.h"
#include "service/access/access.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ds::access {

namespace {

constexpr std::string_view k_secret = "the secret of the project shop";
constexpr std::string_view k_other_secret = "the secret of the project other";
constexpr std::string_view k_admin = "the token of the administrator";
constexpr std::string_view k_one = "the one token for everything";

// Two projects, and whatever the options say.
struct House {
    House() {
        auth.mode = AuthMode::projects;
        auth.projects = projects.get();
        auth.admin_token = k_admin;
        make("shop", k_secret);
        make("other", k_other_secret);
    }
    void make(std::string_view name, std::string_view secret, bool is_public = false) {
        ProjectSettings settings;
        settings.signing_secrets = {std::string(secret)};
        settings.is_public = is_public;
        REQUIRE(projects->put(name, settings, clock.now()));
    }
    template <typename Change>
    void change(Change change) {
        REQUIRE(projects->change("shop", [&](ProjectSettings& settings) -> Result<void> {
            change(settings);
            return {};
        }));
    }
    std::string token(TokenScope scope, std::string_view secret = k_secret,
                      std::string_view sub = "shop", std::optional<std::string> stream = {},
                      std::int64_t seconds = 3600) const {
        Claims claims;
        claims.sub = sub;
        claims.scope = scope;
        claims.stream_id = std::move(stream);
        claims.exp = count_ms(clock.now()) / 1000 + seconds;
        return sign_token(claims, secret);
    }

    TempDir data;
    test::ManualClock clock;
    std::unique_ptr<Projects> projects = *Projects::open(data.path());
    AuthOptions auth;
    Access access{auth, clock};
};

Credentials shown(std::string_view token) {
    return {.token = token, .shown = 1};
}

char const* outcome(Decision const& decision) {
    if (std::holds_alternative<Granted>(decision)) return "granted";
    if (std::holds_alternative<AskHook>(decision)) return "hook";
    switch (std::get<Denied>(decision).why) {
    case Denied::Why::unauthenticated: return "unauthenticated";
    case Denied::Why::forbidden: return "forbidden";
    case Denied::Why::unavailable: break;
    }
    return "unavailable";
}

Granted granted(Decision const& decision) {
    REQUIRE(std::holds_alternative<Granted>(decision));
    return std::get<Granted>(decision);
}

constexpr AccessRequest k_read{Right::read, "shop", "table"};
constexpr AccessRequest k_join{Right::join, "shop", "table"};
constexpr AccessRequest k_write{Right::write, "shop", "table"};
constexpr AccessRequest k_manage{Right::manage, "shop", "table"};
constexpr AccessRequest k_project{Right::read, "shop", {}};
constexpr AccessRequest k_operator{.right = Right::manage, .project = "shop", .admin_only = true};

} // namespace

TEST_CASE("access: every credential for every access request") {
    House house;
    auto const no = "unauthenticated";
    auto const not_for_this = "forbidden";
    auto const yes = "granted";
    std::string const read = house.token(TokenScope::read);
    std::string const write = house.token(TokenScope::write);
    std::string const manage = house.token(TokenScope::manage);
    std::string const mine = house.token(TokenScope::manage, k_secret, "shop", "table");
    std::string const elsewhere = house.token(TokenScope::manage, k_secret, "shop", "else");
    std::string const for_other = house.token(TokenScope::manage, k_secret, "other");
    std::string const of_other = house.token(TokenScope::manage, k_other_secret, "other");
    std::string const expired = house.token(TokenScope::manage, k_secret, "shop", {}, -60);
    std::string const forged = house.token(TokenScope::manage, "no secret of anybody");
    struct Row {
        char const* what;
        Credentials credentials;
        std::vector<char const*> outcomes; // read, join, write, manage, project, operator
    };
    for (auto const& row : std::vector<Row>{
             {"nothing", {}, {no, no, no, no, no, no}},
             {"no token", {.token = {}, .shown = 1}, {no, no, no, no, no, no}},
             {"twice", {.token = manage, .shown = 2}, {no, no, no, no, no, no}},
             {"malformed", shown("a.b.c"), {no, no, no, no, no, no}},
             {"expired", shown(expired), {no, no, no, no, no, no}},
             {"forged", shown(forged), {no, no, no, no, no, no}},
             {"of another project", shown(of_other), {no, no, no, no, no, no}},
             {"for another project",
              shown(for_other),
              {not_for_this, not_for_this, not_for_this, not_for_this, not_for_this, not_for_this}},
             {"read", shown(read), {yes, yes, not_for_this, not_for_this, yes, not_for_this}},
             {"write", shown(write), {yes, yes, yes, not_for_this, yes, not_for_this}},
             {"manage", shown(manage), {yes, yes, yes, yes, yes, not_for_this}},
             {"of the stream", shown(mine), {yes, yes, yes, yes, not_for_this, not_for_this}},
             {"of another stream",
              shown(elsewhere),
              {not_for_this, not_for_this, not_for_this, not_for_this, not_for_this, not_for_this}},
             {"in the URL", {.in_url = {manage}}, {no, no, no, no, no, no}},
             {"administrator", shown(k_admin), {yes, yes, yes, yes, yes, yes}}}) {
        CAPTURE(row.what);
        std::size_t at = 0;
        for (auto const& wanted : {k_read, k_join, k_write, k_manage, k_project, k_operator}) {
            CAPTURE(at);
            CHECK(outcome(house.access.decide(row.credentials, wanted)) ==
                  std::string_view(row.outcomes.at(at++)));
        }
    }
}

TEST_CASE("access: what is public is read by anyone, but where it never is") {
    House house;
    auto of_stream = k_read;
    of_stream.is_public = true;
    CHECK(granted(house.access.decide({}, of_stream)).by == Granted::By::nobody);
    of_stream.right = Right::write;
    CHECK(outcome(house.access.decide({}, of_stream)) == std::string_view("unauthenticated"));
    house.make("shop", k_secret, true);
    CHECK(granted(house.access.decide({}, k_read)).by == Granted::By::nobody);
    CHECK(outcome(house.access.decide({}, k_join)) == std::string_view("unauthenticated"));
    auto never = k_read;
    never.never_public = true;
    CHECK(outcome(house.access.decide({}, never)) == std::string_view("unauthenticated"));
}

TEST_CASE("access: tokens in URLs and cookies read where the project wants it, and are exposed") {
    House house;
    auto const token = house.token(TokenScope::manage);
    Credentials const url{.in_url = {token}};
    Credentials const cookie{.in_cookie = {token}};
    house.change([](ProjectSettings& settings) { settings.query_token = true; });
    CHECK(granted(house.access.decide(url, k_read)).by == Granted::By::exposed);
    CHECK(outcome(house.access.decide(url, k_write)) == std::string_view("unauthenticated"));
    CHECK(outcome(house.access.decide(cookie, k_read)) == std::string_view("unauthenticated"));
    house.change([](ProjectSettings& settings) { settings.cookie_token = true; });
    CHECK(granted(house.access.decide(cookie, k_read)).by == Granted::By::exposed);
    // What was shown to us alone counts before them, for better or worse.
    Credentials const both{.token = "worthless", .shown = 1, .in_url = {token}};
    CHECK(outcome(house.access.decide(both, k_read)) == std::string_view("unauthenticated"));
    Credentials const twice{.in_url = {token, token}};
    CHECK(outcome(house.access.decide(twice, k_read)) == std::string_view("unauthenticated"));
    Credentials const of_admin{.in_url = {std::string(k_admin)}};
    CHECK(outcome(house.access.decide(of_admin, k_read)) == std::string_view("unauthenticated"));
}

TEST_CASE("access: one token for everything, and nobody asked for any") {
    House house;
    house.auth.mode = AuthMode::token;
    house.auth.token = k_one;
    CHECK(granted(house.access.decide(shown(k_one), k_operator)).by == Granted::By::credential);
    CHECK(outcome(house.access.decide({}, k_read)) == std::string_view("unauthenticated"));
    house.auth.mode = AuthMode::none;
    CHECK(granted(house.access.decide({}, k_manage)).by == Granted::By::nobody);
    auto always = k_manage;
    always.always = true;
    CHECK(outcome(house.access.decide({}, always)) == std::string_view("unauthenticated"));
    CHECK(house.access.is_open());
}

TEST_CASE("access: automatic lets everybody in until there was a project") {
    TempDir const data;
    auto const projects = *Projects::open(data.path());
    test::ManualClock const clock;
    AuthOptions auth;
    auth.mode = AuthMode::automatic;
    auth.projects = projects.get();
    Access access(auth, clock);
    CHECK(access.is_open());
    ProjectSettings settings;
    settings.signing_secrets = {std::string(k_secret)};
    REQUIRE(projects->create("shop", settings, clock.now()));
    CHECK_FALSE(access.is_open());
    REQUIRE(projects->remove("shop"));
    CHECK_FALSE(access.is_open());
}

TEST_CASE("access: the hook is asked but for the public and the administrator") {
    House house;
    house.auth.mode = AuthMode::hook;
    CHECK(outcome(house.access.decide({}, k_read)) == std::string_view("hook"));
    CHECK(outcome(house.access.decide(shown("anything"), k_write)) == std::string_view("hook"));
    Credentials const twice{.token = "a", .shown = 2};
    CHECK(outcome(house.access.decide(twice, k_read)) == std::string_view("unauthenticated"));
    CHECK(outcome(house.access.decide({}, k_operator)) == std::string_view("unauthenticated"));
    CHECK(granted(house.access.decide(shown(k_admin), k_operator)).by == Granted::By::the_admin);
    auto of_anyone = k_read;
    of_anyone.is_public = true;
    CHECK(granted(house.access.decide({}, of_anyone)).by == Granted::By::nobody);
}

TEST_CASE("access: what a verdict comes to") {
    using Ruling = Verdict::Ruling;
    auto const in = granted(judged({Ruling::let_in}, Granted::By::exposed));
    CHECK(in.by == Granted::By::exposed);
    CHECK(in.by_hook);
    auto const by = Granted::By::credential;
    auto const asked = judged({Ruling::unauthorized, "Basic"}, by);
    CHECK(outcome(asked) == std::string_view("unauthenticated"));
    CHECK(std::get<Denied>(asked).challenge == "Basic");
    CHECK(outcome(judged({Ruling::forbidden}, by)) == std::string_view("forbidden"));
    CHECK(outcome(judged({Ruling::unknown}, by)) == std::string_view("unavailable"));
}

TEST_CASE("access: a change of keys, and the end of a token, count at once") {
    House house;
    auto const token = house.token(TokenScope::write, k_secret, "shop", {}, 60);
    CHECK(outcome(house.access.decide(shown(token), k_write)) == std::string_view("granted"));
    house.clock.advance(std::chrono::minutes(5));
    CHECK(outcome(house.access.decide(shown(token), k_write)) ==
          std::string_view("unauthenticated"));
    auto const later = house.token(TokenScope::write);
    CHECK(outcome(house.access.decide(shown(later), k_write)) == std::string_view("granted"));
    house.make("shop", "another secret of that project");
    CHECK(outcome(house.access.decide(shown(later), k_write)) ==
          std::string_view("unauthenticated"));
}

} // namespace ds::access
