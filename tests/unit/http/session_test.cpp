// Promises of http/session: requests that were sent ahead of answers, over a link without a socket.
#include "fakes/fake_link.h"
#include "fakes/manual_clock.h"
#include "http/session.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

namespace {

using http::ExchangePtr;
using http::Overlap;
using http::Response;

// Requests wait until a test answers them. What may overlap is said by the path: /read.., /one..
// and /two.. for changes of two orders; anything else is worked on alone.
class Waiting final : public http::Handler {
public:
    std::optional<Response> refuse_head(http::Request const& request) override {
        if (!request.path.starts_with("/forbidden")) return std::nullopt;
        return Response(403);
    }
    std::uint64_t body_limit(http::Request const&) override { return k_mib; }
    Overlap overlap_of(http::Request const& request) override {
        if (request.path.starts_with("/read")) return {Overlap::Kind::read, 0};
        if (request.path.starts_with("/one")) return {Overlap::Kind::change, 1};
        if (request.path.starts_with("/two")) return {Overlap::Kind::change, 2};
        return {};
    }
    void handle(http::Exchange& exchange) override {
        std::string const path(exchange.request().path);
        begun.push_back(path);
        if (path.ends_with("/now")) return exchange.respond(Response(200));
        exchanges[path] = ExchangePtr(&exchange);
        if (!path.ends_with("/holds")) exchange.let_next_begin();
    }
    void on_answer(http::Exchange const&, int, std::uint64_t) override {}

    std::vector<std::string> begun;
    std::map<std::string, ExchangePtr> exchanges;
};

struct Wired {
    Wired() { link.attach(*session); }

    // Answers with a status that tells which request it was.
    void answer(std::string const& path, int status = 200) {
        auto const exchange = handler.exchanges.at(path);
        handler.exchanges.erase(path);
        exchange->respond(Response(status));
    }
    // The statuses of the answers, in their order: "200 204".
    std::string statuses() const {
        std::string all;
        constexpr std::string_view k_start = "HTTP/1.1 ";
        for (auto at = link.sent.find(k_start); at != std::string::npos;
             at = link.sent.find(k_start, at + 1))
            all.append(all.empty() ? "" : " ").append(link.sent.substr(at + k_start.size(), 3));
        return all;
    }
    std::string begun() const {
        std::string all;
        for (auto const& path : handler.begun)
            all.append(all.empty() ? "" : " ").append(path);
        return all;
    }

    Waiting handler;
    http::SessionOptions options{};
    http::BodyBudget bodies{k_mib};
    test::ManualClock clock{};
    http::SessionContext context{handler, options, bodies, clock};
    test::FakeLink link;
    std::unique_ptr<transport::Session> session = context.make_session(link);
};

std::string get(std::string_view path, std::string_view more = {}) {
    return std::string("GET ").append(path).append(" HTTP/1.1\r\nHost: a\r\n").append(more) +
           "\r\n";
}

} // namespace

TEST_CASE("session: changes of one order begin together, and are answered in their order") {
    Wired wired;
    wired.link.receive(get("/one/a") + get("/one/b") + get("/one/c"));
    CHECK(wired.begun() == "/one/a /one/b /one/c");
    wired.answer("/one/c", 203);
    wired.answer("/one/b", 202);
    CHECK(wired.statuses().empty());
    wired.answer("/one/a", 201);
    wired.link.flush(); // the end of the turn
    CHECK(wired.statuses() == "201 202 203");
}

TEST_CASE("session: a read waits for changes before it, and a change for reads") {
    Wired wired;
    wired.link.receive(get("/one/a") + get("/read/b") + get("/read/c") + get("/one/d"));
    CHECK(wired.begun() == "/one/a");
    wired.answer("/one/a");
    CHECK(wired.begun() == "/one/a /read/b /read/c");
    wired.answer("/read/c", 202);
    CHECK(wired.begun() == "/one/a /read/b /read/c");
    wired.answer("/read/b", 201);
    CHECK(wired.begun() == "/one/a /read/b /read/c /one/d");
    wired.link.flush();
    CHECK(wired.statuses() == "200 201 202");
}

TEST_CASE("session: changes of another order wait, and so does what is worked on alone") {
    Wired wired;
    wired.link.receive(get("/one/a") + get("/two/b") + get("/alone") + get("/alone/c"));
    CHECK(wired.begun() == "/one/a");
    wired.answer("/one/a");
    CHECK(wired.begun() == "/one/a /two/b");
    wired.answer("/two/b");
    CHECK(wired.begun() == "/one/a /two/b /alone");
    wired.answer("/alone");
    CHECK(wired.begun() == "/one/a /two/b /alone /alone/c");
}

TEST_CASE("session: whoever holds the others lets them begin later") {
    Wired wired;
    wired.link.receive(get("/one/holds") + get("/one/b"));
    CHECK(wired.begun() == "/one/holds");
    wired.handler.exchanges.at("/one/holds")->let_next_begin();
    CHECK(wired.begun() == "/one/holds /one/b");
    wired.answer("/one/b", 202);
    wired.answer("/one/holds", 201);
    wired.link.flush();
    CHECK(wired.statuses() == "201 202");
}

TEST_CASE("session: many in flight are bounded, and the rest is not even taken") {
    Wired wired;
    std::string all;
    for (int i = 0; i < 300; ++i)
        all += get("/one/" + std::to_string(i));
    wired.link.receive(all);
    CHECK(wired.handler.begun.size() == 64);
    CHECK(wired.link.pending.size() > all.size() / 2);
    for (int i = 0; i < 300; ++i)
        wired.answer("/one/" + std::to_string(i));
    wired.link.flush();
    CHECK(wired.handler.begun.size() == 300);
    CHECK(wired.link.pending.empty());
    Wired reads;
    reads.link.receive(get("/read/1") + get("/read/2") + get("/read/3") + get("/read/4") +
                       get("/read/5"));
    CHECK(reads.handler.begun.size() == 4); // each may hold a page
}

TEST_CASE("session: while the peer takes nothing, nothing more is begun") {
    Wired wired;
    wired.link.block();
    std::string all;
    for (int i = 0; i < 300; ++i)
        all += get("/one/now");
    wired.link.receive(all);
    auto const begun = wired.handler.begun.size();
    CHECK(begun < 300);
    wired.link.receive(all);
    CHECK(wired.handler.begun.size() == begun);
    wired.link.unblock();
    CHECK(wired.handler.begun.size() > begun);
}

TEST_CASE("session: answers that are ready together leave together") {
    Wired wired;
    wired.link.receive(get("/read/now") + get("/read/now") + get("/read/now"));
    CHECK(wired.statuses() == "200 200 200");
    CHECK(wired.link.sends == 1);
    wired.link.receive(get("/one/a") + get("/one/b"));
    wired.answer("/one/b");
    wired.answer("/one/a");
    CHECK(wired.link.sends == 2);
}

TEST_CASE("session: what is no request is told so after the answers before it, and is the last") {
    Wired wired;
    wired.link.receive(get("/one/a") + "nonsense\r\n\r\n" + get("/one/b"));
    CHECK(wired.begun() == "/one/a");
    CHECK(wired.statuses().empty());
    CHECK_FALSE(wired.link.ended);
    wired.answer("/one/a");
    CHECK(wired.statuses() == "200 400");
    CHECK(wired.link.ended);
    CHECK(wired.begun() == "/one/a");
}

TEST_CASE("session: a request that is refused by its head is told so in its turn") {
    Wired wired;
    wired.link.receive(get("/one/a") +
                       "POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    wired.answer("/one/a");
    CHECK(wired.statuses() == "200 403");
    CHECK(wired.link.ended);
}

TEST_CASE("session: who waits for 100 Continue is told to go on in its turn") {
    Wired wired;
    std::string const head =
        "POST /one/b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    wired.link.receive(get("/one/a") + head);
    CHECK(wired.link.sent.empty());
    wired.answer("/one/a", 201);
    CHECK(wired.statuses() == "201 100");
    wired.link.receive("hi");
    wired.answer("/one/b", 202);
    CHECK(wired.statuses() == "201 100 202");
}

TEST_CASE("session: nothing is begun behind Connection: close") {
    Wired wired;
    wired.link.receive(get("/one/a") + get("/one/b", "Connection: close\r\n") + get("/one/c"));
    CHECK(wired.begun() == "/one/a /one/b");
    wired.answer("/one/b", 202);
    CHECK_FALSE(wired.link.ended);
    wired.answer("/one/a", 201);
    CHECK(wired.statuses() == "201 202");
    CHECK(wired.link.ended);
    CHECK(wired.link.sent.find("Connection: close") > wired.link.sent.find("HTTP/1.1 202"));
}

TEST_CASE("session: an answer that closes is the last, whatever is behind it") {
    Wired wired;
    wired.link.receive(get("/one/a") + get("/one/b"));
    auto const behind = wired.handler.exchanges.at("/one/b");
    wired.handler.exchanges.at("/one/a")->respond(std::move(Response(429).close()));
    CHECK(wired.statuses() == "429");
    CHECK(wired.link.ended);
    CHECK(behind->is_over());
    behind->respond(Response(200)); // and nobody hears it
    CHECK(wired.statuses() == "429");
}

TEST_CASE("session: the answer to HEAD in the middle has no body") {
    Wired wired;
    wired.link.receive("HEAD /read/a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/read/b"));
    for (auto const* path : {"/read/a", "/read/b"}) {
        auto const exchange = wired.handler.exchanges.at(path);
        exchange->respond(http::json_response(200, "{}"));
    }
    wired.link.flush();
    CHECK(wired.statuses() == "200 200");
    CHECK(wired.link.sent.find("{}") == wired.link.sent.size() - 2);
}

TEST_CASE("session: drained with requests in flight it answers them, and then ends") {
    Wired wired;
    wired.link.receive(get("/one/a") + get("/one/b"));
    wired.session->drain();
    wired.link.receive(get("/one/c"));
    CHECK(wired.begun() == "/one/a /one/b");
    wired.answer("/one/a", 201);
    CHECK_FALSE(wired.link.ended);
    wired.answer("/one/b", 202);
    CHECK(wired.statuses() == "201 202");
    CHECK(wired.link.ended);
    CHECK(wired.link.sent.find("Connection: close") > wired.link.sent.find("HTTP/1.1 202"));
}

TEST_CASE("session: drained with half a request it answers that one, and then ends") {
    Wired wired;
    auto const whole = get("/one/a");
    wired.link.receive(whole.substr(0, 20));
    wired.session->drain();
    wired.link.receive(whole.substr(20) + get("/one/b"));
    CHECK(wired.begun() == "/one/a");
    wired.answer("/one/a");
    CHECK(wired.statuses() == "200");
    CHECK(wired.link.ended);
    Wired idle;
    idle.session->drain();
    CHECK(idle.link.closed);
}

TEST_CASE("session: requests that came before the peer's end are answered") {
    Wired wired;
    wired.link.receive(get("/one/a") + get("/two/b"));
    wired.link.end_of_peer();
    wired.answer("/one/a", 201);
    CHECK_FALSE((wired.link.ended || wired.link.closed));
    wired.answer("/two/b", 202);
    CHECK(wired.statuses() == "201 202");
    CHECK((wired.link.ended || wired.link.closed));
}

TEST_CASE("session: whoever waits for long goes with its peer") {
    Wired wired;
    wired.link.receive(get("/alone/holds"));
    auto const exchange = wired.handler.exchanges.at("/alone/holds");
    exchange->forget_request();
    CHECK_FALSE(exchange->has_request());
    wired.link.receive(get("/one/b"));
    CHECK(wired.begun() == "/alone/holds");
    wired.link.end_of_peer();
    CHECK(wired.link.closed);
    CHECK(exchange->is_over());
}

TEST_CASE("session: a request that does not arrive is told so, but not one that waits its turn") {
    Wired wired;
    wired.link.receive(get("/one/a") + get("/two/b"));
    wired.session->on_deadline();
    CHECK(wired.link.sent.empty());
    wired.answer("/one/a", 201);
    wired.answer("/two/b", 202);
    wired.link.receive("GET /half");
    CHECK(wired.link.deadline == wired.link.time + wired.options.header_timeout);
    wired.session->on_deadline();
    CHECK(wired.statuses() == "201 202 408");
    CHECK(wired.link.ended);
}

TEST_CASE("session: the exchange of a ticket is found until it is answered") {
    Wired wired;
    wired.link.receive(get("/one/a") + get("/one/b"));
    auto& session = dynamic_cast<http::HttpSession&>(*wired.session);
    auto const first = wired.handler.exchanges.at("/one/a")->ticket();
    auto const second = wired.handler.exchanges.at("/one/b")->ticket();
    CHECK(first != second);
    CHECK(session.waiting(second) == wired.handler.exchanges.at("/one/b"));
    wired.answer("/one/b");
    CHECK(session.waiting(second) == nullptr);
    CHECK(session.waiting(first) != nullptr);
    wired.answer("/one/a");
    CHECK(session.waiting(first) == nullptr);
}

} // namespace ds
