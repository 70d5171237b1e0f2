// A frontend for a toy protocol beside the one for streams, on one engine in one process: what the
// floors below frontends carry for HTTP, they carry for any protocol.
//
//     AUTH token                      OK              what follows is asked for with it
//     PUT project/stream [type]       OK offset
//     APPEND project/stream bytes     OK offset       the payload follows the line
//     GET project/stream offset       DATA bytes offset, and the payload: as often as needed; then
//                                     END offset
//     TAIL project/stream offset      the same; END when the stream is closed, or with the next
//                                     request
//     QUIT                            BYE
//     what goes wrong                 ERR text
//     the server goes down            BYE text
//
// Requests may be sent ahead of answers, which come in their order. An offset is a token, -1 for
// the beginning, or now.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "auth/jwt.h"
#include "auth/projects.h"
#include "frontends/streams/frontend.h"
#include "support/http_client.h"
#include "support/temp_dir.h"
#include "transport/client_address.h"
#include "transport/server.h"
#include "trial/trial_session.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace ds::trial {

namespace {

constexpr std::chrono::milliseconds k_patience{30'000};
constexpr char const* k_secret = "the secret of the shop's tokens";

// A server of the toy protocol: one row, and services for each event loop.
struct TrialFrontend {
    // `mailbox`: the first of as many numbers as there are event loops, which nobody else has.
    TrialFrontend(Engine& engine, quota::Quota& quota, access::AuthOptions const& auth,
                  unsigned mailbox)
        : server(transport::ServerOptions{.threads = 1, .write_timeout = k_patience},
                 [&quota](transport::Address const& peer) { return admit(quota, peer); }) {
        for (unsigned number = 0; number < server.loops(); ++number)
            services.push_back(std::make_unique<TrialServices>(server.loop(number), engine, quota,
                                                               auth, mailbox + number));
        transport::Row row;
        row.place.port = 0;
        row.make = [this](transport::EventLoop& loop, transport::Link& link) {
            return std::make_unique<TrialSession>(*services[loop.number()], link);
        };
        row.overloaded = "ERR there are too many connections\n";
        row.over_limit = "ERR too many connections from this address\n";
        REQUIRE(server.open(std::move(row)));
        server.start();
    }
    static std::optional<std::unique_ptr<transport::Admitted>>
    admit(quota::Quota& quota, transport::Address const& peer) {
        if (!quota.on()) return std::unique_ptr<transport::Admitted>();
        auto client =
            quota.welcome(transport::client_address(peer), std::chrono::steady_clock::now());
        if (!client) return std::nullopt;
        return std::make_unique<TrialClient>(std::move(*client));
    }

    std::vector<std::unique_ptr<TrialServices>> services;
    transport::Server server; // goes first
};

streams::FrontendOptions options_with(access::AuthOptions const& auth) {
    streams::FrontendOptions options;
    options.places = {transport::Place{.port = 0}};
    options.server.threads = 1;
    options.auth = auth;
    return options;
}

template <typename T>
T opened(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().what);
    return *std::move(result);
}

// One engine, and both frontends before it.
struct TwoFrontends {
    explicit TwoFrontends(quota::ScopeLimits const& project_limits = {})
        : quota(project_limits, {}) {
        auth.mode = access::AuthMode::projects;
        auth.projects = projects.get();
        ProjectSettings settings;
        settings.signing_secrets = {k_secret};
        REQUIRE(projects->create("shop", settings, clock.now()));
        web = opened(streams::Frontend::start(*engine, clock, quota, options_with(auth)));
        trial = std::make_unique<TrialFrontend>(*engine, quota, auth, 1);
    }
    ~TwoFrontends() {
        web->drain(k_patience);
        trial->server.drain(k_patience);
        engine->stop();
    }
    static EngineOptions engine_options(std::string const& home) {
        EngineOptions options;
        options.data = home + "/data";
        return options;
    }
    std::string token(TokenScope scope) const {
        Claims claims;
        claims.sub = "shop";
        claims.scope = scope;
        claims.exp = count_ms(clock.now()) / 1'000 + 600;
        return sign_token(claims, k_secret);
    }
    HttpResponse http(std::string const& method, std::string const& target,
                      std::string const& body = {}) {
        HttpClient client(web->ports().front());
        auto const response = client.send({method,
                                           "/v1/stream/" + target,
                                           {{"Authorization", "Bearer " + token(TokenScope::write)},
                                            {"Content-Type", "text/plain"}},
                                           body});
        REQUIRE_MESSAGE(response, client.problem());
        return *response;
    }

    TempDir home;
    SystemClock clock;
    std::unique_ptr<Engine> engine = opened(Engine::open(engine_options(home.path()), clock));
    std::unique_ptr<Projects> projects = opened(Projects::open(home.path() + "/data"));
    access::AuthOptions auth;
    quota::Quota quota;
    std::unique_ptr<streams::Frontend> web;
    std::unique_ptr<TrialFrontend> trial;
};

// One connection of whatever protocol.
class Peer {
public:
    explicit Peer(std::uint16_t port, int receive_buffer = 0) {
        if (receive_buffer > 0)
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        void const* const raw = &address;
        REQUIRE(::connect(socket_, static_cast<sockaddr const*>(raw), sizeof address) == 0);
    }
    Peer(TwoFrontends& both, TokenScope scope) : Peer(port_of(both)) {
        say("AUTH " + both.token(scope) + "\n");
        CHECK(line() == "OK");
    }
    ~Peer() { ::close(socket_); }
    Peer(Peer const&) = delete;
    Peer& operator=(Peer const&) = delete;

    static std::uint16_t port_of(TwoFrontends& both) { return both.trial->server.ports().front(); }
    void say(std::string const& text) {
        REQUIRE(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(text.size()));
    }
    // Without its newline; empty at the end of the connection.
    std::string line() {
        auto text = until("\n");
        if (!text.empty()) text.pop_back();
        return text;
    }
    // Up to the mark and with it, or all there was until the end of the connection.
    std::string until(std::string const& mark) {
        auto at = pending_.find(mark);
        while (at == std::string::npos && receive())
            at = pending_.find(mark);
        return take(at == std::string::npos ? pending_.size() : at + mark.size());
    }
    std::string take(std::size_t count) {
        while (pending_.size() < count && receive()) {
        }
        auto text = pending_.substr(0, count);
        pending_.erase(0, count);
        return text;
    }
    // Of DATA lines, what comes until so many bytes are there.
    std::string payload(std::size_t bytes) {
        std::string all;
        while (all.size() < bytes) {
            auto const head = line();
            REQUIRE_MESSAGE(head.starts_with("DATA "), head);
            offset_ = head.substr(head.rfind(' ') + 1);
            all += take(std::stoul(head.substr(5)));
        }
        return all;
    }
    std::string const& offset() const { return offset_; } // after the last payload

private:
    bool receive() {
        pollfd wait{socket_, POLLIN, 0};
        REQUIRE(::poll(&wait, 1, static_cast<int>(k_patience.count())) == 1);
        std::array<char, 64 * k_kib> part;
        auto const got = ::recv(socket_, part.data(), part.size(), 0);
        if (got > 0) pending_.append(part.data(), static_cast<std::size_t>(got));
        return got > 0;
    }

    int const socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::string pending_;
    std::string offset_;
};

std::string append_of(std::string const& stream, std::string const& payload) {
    return "APPEND " + stream + " " + std::to_string(payload.size()) + "\n" + payload;
}

} // namespace

TEST_CASE("trial: what one protocol appends, the other reads") {
    TwoFrontends both;
    Peer peer(both, TokenScope::write);
    peer.say("PUT shop/orders text/plain\n" + append_of("shop/orders", "one"));
    CHECK(peer.line().starts_with("OK "));
    CHECK(peer.line().starts_with("OK "));
    auto const read = both.http("GET", "shop/orders?offset=-1");
    CHECK(read.status == 200);
    CHECK(read.body == "one");
    CHECK(both.http("POST", "shop/orders", "two").status == 204);
    peer.say("GET shop/orders -1\n");
    CHECK(peer.payload(6) == "onetwo");
    CHECK(peer.line() == "END " + peer.offset());
    // A place has one name in both.
    peer.say("GET shop/orders " + read.value("stream-next-offset") + "\nQUIT\n");
    CHECK(peer.payload(3) == "two");
    CHECK(peer.line().starts_with("END "));
    CHECK(peer.line() == "BYE");
    CHECK(peer.line().empty());
}

TEST_CASE("trial: live readers of both protocols are told, whoever appends") {
    TwoFrontends both;
    Peer writer(both, TokenScope::write);
    writer.say("PUT shop/live text/plain\n");
    CHECK(writer.line().starts_with("OK "));
    Peer tail(both, TokenScope::read);
    tail.say("TAIL shop/live -1\n");
    Peer events(both.web->ports().front());
    events.say("GET /v1/stream/shop/live?offset=-1&live=sse HTTP/1.1\r\nHost: 127.0.0.1\r\n"
               "Authorization: Bearer " +
               both.token(TokenScope::read) + "\r\n\r\n");
    events.until("upToDate");
    writer.say(append_of("shop/live", "toy"));
    CHECK(writer.line().starts_with("OK "));
    CHECK(tail.payload(3) == "toy");
    CHECK(events.until("toy").ends_with("toy"));
    CHECK(both.http("POST", "shop/live", "web").status == 204);
    CHECK(tail.payload(3) == "web");
    CHECK(events.until("web").ends_with("web"));
    // The next request ends a TAIL, and one that closes ends all.
    tail.say("TAIL shop/live " + tail.offset() + "\n");
    CHECK(tail.line() == "END " + tail.offset());
    HttpClient closer(both.web->ports().front());
    auto const closed = closer.send({"POST",
                                     "/v1/stream/shop/live",
                                     {{"Authorization", "Bearer " + both.token(TokenScope::write)},
                                      {"Stream-Closed", "true"}}});
    REQUIRE(closed);
    CHECK(closed->status < 300);
    CHECK(tail.line() == "END " + tail.offset());
    CHECK(events.until("streamClosed").ends_with("streamClosed"));
}

TEST_CASE("trial: a token is needed where the project has one, and it has to be good for this") {
    TwoFrontends both;
    Peer stranger(Peer::port_of(both));
    stranger.say("PUT shop/mine\nGET shop/mine -1\nAUTH nonsense\nTAIL shop/mine -1\n");
    CHECK(stranger.line() == "ERR a token is needed");
    CHECK(stranger.line() == "ERR a token is needed");
    CHECK(stranger.line() == "OK");
    CHECK(stranger.line() == "ERR a token is needed");
    Peer reader(both, TokenScope::read);
    reader.say("PUT shop/mine\nPUT other/theirs\n");
    CHECK(reader.line().find("the token has the scope read") != std::string::npos);
    CHECK(reader.line() == "ERR a token is needed");
    CHECK(both.http("GET", "shop/mine").status == 404); // nothing was made
}

TEST_CASE("trial: requests that are sent ahead are answered in their order") {
    TwoFrontends both;
    Peer peer(both, TokenScope::write);
    std::string all = append_of("shop/none", "x") + "PUT shop/many text/plain\n";
    std::string expected;
    for (int i = 0; i < 200; ++i) {
        auto const text = "message " + std::to_string(i) + "\n";
        all += append_of("shop/many", text);
        expected += text;
    }
    peer.say(all + "GET shop/many -1\nGET shop/none -1\nQUIT\n");
    CHECK(peer.line() == "ERR there is no such stream");
    std::string before;
    for (int i = 0; i < 201; ++i) {
        auto const line = peer.line();
        REQUIRE(line.starts_with("OK "));
        CHECK(before < line);
        before = line;
    }
    CHECK(peer.payload(expected.size()) == expected);
    CHECK(peer.line() == "END " + peer.offset());
    CHECK(peer.line() == "ERR there is no such stream");
    CHECK(peer.line() == "BYE");
}

TEST_CASE("trial: what is no request ends the connection in words") {
    TwoFrontends both;
    Peer peer(both, TokenScope::write);
    peer.say("HELLO shop/x\nPUT shop/x\n");
    CHECK(peer.line() == "ERR this is no request");
    CHECK(peer.line().empty());
    Peer talker(Peer::port_of(both));
    talker.say(std::string(8 * k_kib, 'x'));
    CHECK(talker.line() == "ERR this is no request");
}

TEST_CASE("trial: a slow reader loses nothing and holds up nobody") {
    TwoFrontends both;
    Peer writer(both, TokenScope::write);
    writer.say("PUT shop/much text/plain\n");
    CHECK(writer.line().starts_with("OK "));
    Peer slow(Peer::port_of(both), 4 * k_kib);
    slow.say("AUTH " + both.token(TokenScope::read) + "\nTAIL shop/much -1\n");
    Peer quick(both, TokenScope::read);
    quick.say("TAIL shop/much -1\n");
    constexpr std::size_t k_piece = 512 * k_kib;
    std::string expected;
    for (int i = 0; i < 24; ++i) {
        std::string const piece(k_piece, static_cast<char>('a' + i));
        writer.say(append_of("shop/much", piece));
        CHECK(writer.line().starts_with("OK "));
        CHECK(quick.payload(k_piece) == piece);
        expected += piece;
    }
    CHECK(slow.line() == "OK");
    CHECK(slow.payload(expected.size()) == expected);
}

TEST_CASE("trial: limits count for all protocols together") {
    TwoFrontends both(quota::ScopeLimits{.readers = 1});
    Peer one(both, TokenScope::write);
    one.say("PUT shop/limited\n");
    CHECK(one.line().starts_with("OK "));
    one.say("TAIL shop/limited -1\n" + append_of("shop/limited", "x") + "TAIL shop/limited now\n");
    CHECK(one.line().starts_with("END "));
    CHECK(one.line().starts_with("OK "));
    CHECK(both.http("POST", "shop/limited", "y").status == 409); // another content type
    Peer two(both, TokenScope::read);
    two.say("TAIL shop/limited -1\n");
    CHECK(two.line() == "ERR too many live readers");
    CHECK(both.http("GET", "shop/limited?offset=now&live=sse").status == 429);
    one.say("QUIT\n");
    CHECK(one.line().starts_with("END "));
    CHECK(one.line() == "BYE");
    two.say("TAIL shop/limited -1\n");
    CHECK(two.payload(1) == "x");
}

TEST_CASE("trial: a drain ends it in words, and the other frontend goes on") {
    TwoFrontends both;
    Peer writer(both, TokenScope::write);
    writer.say("PUT shop/last text/plain\n");
    CHECK(writer.line().starts_with("OK "));
    Peer tail(both, TokenScope::read);
    tail.say("TAIL shop/last -1\n");
    CHECK(both.http("POST", "shop/last", "x").status == 204);
    CHECK(tail.payload(1) == "x");
    CHECK(both.trial->server.drain(k_patience));
    for (auto* const peer : {&writer, &tail}) {
        CHECK(peer->line() == "BYE the server is going down");
        CHECK(peer->line().empty());
    }
    CHECK(both.http("GET", "shop/last").body == "x");
}

} // namespace ds::trial
