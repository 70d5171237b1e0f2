// What a hook is told of a request, and what a verdict is kept for.
#include "frontends/streams/credentials.h"
#include "frontends/streams/http_names.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::streams {

namespace {

using Lines = std::vector<std::pair<std::string_view, std::string_view>>;

// A GET of shop/orders, but for what is said otherwise.
struct Asked {
    Lines headers = {};
    std::string_view query = {};
    Method method = Method::get;
    Right right = Right::read;
    std::string_view address = "192.0.2.1";
    Cookies cookies = Cookies::count;
    std::string_view source = {};

    HookQuestion question() const {
        Request request;
        request.method = method;
        request.path = "/v1/stream/shop/a%20b";
        request.query = query;
        request.headers = headers;
        http::Client const client{*transport::parse_address(address), "https", "ds.example"};
        return hook_question({right, "shop", "a b"}, caller_of(request, client, cookies, source));
    }
};

std::string told(HookQuestion const& question, std::string_view name) {
    return std::string(question.headers.get(name).value_or("(none)"));
}

} // namespace

TEST_CASE("hook question: method, target, client and what is asked for, in our words") {
    auto const question = Asked{.query = "offset=-1&live=sse"}.question();
    CHECK(told(question, "X-Original-Method") == "GET");
    CHECK(told(question, "X-Original-URI") == "/v1/stream/shop/a%20b?offset=-1&live=sse");
    CHECK(told(question, "X-Forwarded-For") == "192.0.2.1");
    CHECK(told(question, "X-Forwarded-Host") == "ds.example");
    CHECK(told(question, "X-Forwarded-Proto") == "https");
    CHECK(told(question, "Stream-Right") == "read");
    CHECK(told(question, "Stream-Project") == "shop");
    CHECK(told(question, "Stream-Name") == "a%20b");
    CHECK(told(Asked{.method = Method::remove, .right = Right::manage}.question(),
               "Stream-Right") == "manage");
    CHECK(told(Asked{.method = Method::post, .right = Right::write}.question(),
               "X-Original-Method") == "POST");
}

TEST_CASE("hook question: the asker's own headers go along, but not those that could deceive") {
    auto const question = Asked{.headers = {{"Authorization", "Basic x"},
                                            {"Cookie", "a=b"},
                                            {"X-Api-Key", "key"},
                                            {"Origin", "https://a.example"},
                                            {"X-Hop", "1"},
                                            {"Connection", "close, X-Hop"},
                                            {"Host", "evil"},
                                            {"Content-Length", "5"},
                                            {"Content-Type", "text/plain"},
                                            {"Transfer-Encoding", "chunked"},
                                            {"Proxy-Authorization", "Basic y"},
                                            {"X-Forwarded-For", "10.0.0.1"},
                                            {"X-Real-IP", "10.0.0.1"},
                                            {"Forwarded", "for=10.0.0.1"},
                                            {"X-Original-URI", "/v1/stream/mine/a"},
                                            {"X_Original_URI", "/v1/stream/mine/a"},
                                            {"Stream-Right", "read"},
                                            {"Stream_Right", "read"},
                                            {"X-HTTP-Method-Override", "DELETE"}}}
                              .question();
    CHECK(told(question, "Authorization") == "Basic x");
    CHECK(told(question, "Cookie") == "a=b");
    CHECK(told(question, "X-Api-Key") == "key");
    CHECK(told(question, "Origin") == "https://a.example");
    for (auto const* name : {"X-Hop", "Connection", "Host", "Content-Length", "Content-Type",
                             "Transfer-Encoding", "Proxy-Authorization", "X-Real-IP", "Forwarded",
                             "X_Original_URI", "Stream_Right", "X-HTTP-Method-Override"}) {
        CAPTURE(name);
        CHECK(told(question, name) == "(none)");
    }
    std::string all;
    for (auto const& [name, value] : question.headers)
        all += value + "\n";
    CHECK(all.find("10.0.0.1") == std::string::npos);
    CHECK(all.find("/mine/") == std::string::npos);
}

TEST_CASE("hook question: cookies are left out where they do not count") {
    CHECK(told(Asked{.headers = {{"Cookie", "a=b"}}, .cookies = Cookies::left_out}.question(),
               "Cookie") == "(none)");
}

TEST_CASE("hook question: the source of a fork is asked of as if it were read") {
    Asked asked{.query = "public=true", .method = Method::put};
    asked.source = "/v1/stream/shop/secret";
    auto const question = asked.question();
    CHECK(told(question, "X-Original-Method") == "GET");
    CHECK(told(question, "X-Original-URI") == "/v1/stream/shop/secret");
}

TEST_CASE("hook question: a verdict is kept for all that may decide, and not for where one reads") {
    Asked const plain{.headers = {{"Authorization", "Bearer a"}}, .query = "live=sse&offset=-1"};
    auto const base = plain.question();
    auto const differs = [&](Asked const& other) {
        auto const question = other.question();
        CHECK(question.exact != base.exact);
        return question.kept != base.kept;
    };
    Asked other = plain;
    other.query = "live=sse&offset=0000000000000000_0000000000000009&cursor=7";
    CHECK(!differs(other));
    other = plain;
    other.headers = {{"Authorization", "Bearer b"}};
    CHECK(differs(other));
    other.headers = {};
    CHECK(differs(other));
    other = plain;
    other.headers.emplace_back("Cookie", "a=b");
    CHECK(differs(other));
    other = plain;
    other.headers.emplace_back("X-Api-Key", "");
    CHECK(differs(other));
    other = plain;
    other.address = "192.0.2.2";
    CHECK(differs(other));
    other = plain;
    other.method = Method::head;
    CHECK(differs(other));
    other = plain;
    other.right = Right::write;
    CHECK(differs(other));
    other = plain;
    other.query = "live=long-poll&offset=-1";
    CHECK(differs(other));
    other.query = "live=sse&offset=-1&token=x";
    CHECK(differs(other));
    // What does not say who asks makes no other question.
    other = plain;
    other.headers.emplace_back("traceparent", "00-1-2-03");
    other.headers.emplace_back("If-None-Match", "\"x\"");
    other.headers.emplace_back("Last-Event-ID", "5");
    CHECK(other.question().exact == base.exact);
    // And no line can stand for two.
    CHECK(Asked{.headers = {{"A", "1"}, {"B", "2"}}}.question().exact !=
          Asked{.headers = {{"A", "1b:2"}}}.question().exact);
}

TEST_CASE("credentials: a header counts before URL and cookie, and says how often it came") {
    Request request;
    request.query = "token=a%2Eb&offset=-1&token=%zz";
    request.headers = {{"Cookie", "x=1; ds_token=c; ds_token=d"}, {"cookie", "ds_token=e"}};
    auto shown = credentials_of(request);
    CHECK(shown.shown == 0);
    CHECK(shown.in_url == std::vector<std::string>{"a.b", ""});
    CHECK(shown.in_cookie == std::vector<std::string>{"c", "d", "e"});
    request.headers.emplace_back("authorization", "bearer  good");
    shown = credentials_of(request);
    CHECK(shown.shown == 1);
    CHECK(shown.token == "good");
    CHECK(shown.in_url.empty());
    request.headers.emplace_back("Authorization", "Bearer other");
    CHECK(credentials_of(request).shown == 2);
    request.headers = {{"Authorization", "Basic c2hvcA=="}};
    CHECK(credentials_of(request).shown == 1);
    CHECK_FALSE(credentials_of(request).token);
    for (auto const* none : {"", "Bearer", "Bearer ", "Bearertoken", "Basic Bearer x"})
        CHECK_FALSE_MESSAGE(bearer_in(none), none);
}

} // namespace ds::streams
