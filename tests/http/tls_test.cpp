// TLS on the port that clients speak to. All other tests run over it as well: HTTP_TESTS_OVER=tls.
#include "http/server_under_test.h"
#include "http/tls_client.h"

#include <doctest/doctest.h>
#include <httplib.h>

#include <sys/socket.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

using namespace ds::test;

namespace {

ServerUnderTest::Options with_tls(Certificate const& certificate,
                                  ServerUnderTest::Options const& more = {}) {
    ServerUnderTest::Options options{"--tls-cert", certificate.certificate, "--tls-key",
                                     certificate.key};
    options.insert(options.end(), more.begin(), more.end());
    return options;
}

ServerUnderTest::Options usual_tls(ServerUnderTest::Options const& more = {}) {
    return with_tls(usual_certificate(), more);
}

Wire secure(ServerUnderTest const& server, int receive_buffer = 0) {
    return Wire(server.port(), receive_buffer, Over::tls);
}

bool is_healthy(ServerUnderTest const& server) {
    return ask(server, "GET", "/health").status == 200;
}

std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    std::mt19937 dice(4711);
    for (auto& byte : bytes)
        byte = static_cast<char>(dice());
    return bytes;
}

// A connection that shakes hands as told, over a socket of its own.
struct Session {
    Session(ServerUnderTest const& server, TlsClient::Settings const& settings)
        : socket(server.port(), 0, Over::plain),
          tls(socket.descriptor(), settings) {}
    Reply ask_health() {
        tls.send(request("GET", "/health"));
        std::string said;
        while (said.find("\r\n\r\nok") == std::string::npos)
            if (tls.receive(said) == TlsClient::Got::end) break;
        Reply reply;
        reply.status = said.rfind("HTTP/1.1 200 ", 0) == 0 ? 200 : 0;
        return reply;
    }
    Wire socket;
    TlsClient tls;
};

void write_file(std::string const& path, std::string const& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

} // namespace

TEST_CASE("tls: an independent client that verifies the certificate is served") {
    ServerUnderTest server(usual_tls());
    CHECK(server.origin().rfind("https://", 0) == 0);
    httplib::SSLClient client("localhost", server.port());
    client.set_ca_cert_path(usual_certificate().certificate.c_str());
    client.enable_server_certificate_verification(true);
    auto const path = fresh_path("tls");
    auto const created = client.Put(path, "hello", "text/plain");
    REQUIRE(created);
    CHECK(created->status == 201);
    CHECK(created->get_header_value("Location") ==
          "https://localhost:" + std::to_string(server.port()) + path);
    auto const read = client.Get(path + "?offset=-1");
    REQUIRE(read);
    CHECK(read->body == "hello");
}

TEST_CASE("tls: 1.2 and 1.3 are spoken, older ones and other protocols are refused") {
    ServerUnderTest server(usual_tls());
    for (auto const& [version, name] :
         {std::pair{TLS1_2_VERSION, "TLSv1.2"}, {TLS1_3_VERSION, "TLSv1.3"}}) {
        Session session(server, {.lowest = version, .highest = version});
        CHECK(session.tls.version() == name);
        CHECK(session.tls.alpn() == "http/1.1");
        CHECK(session.ask_health().status == 200);
    }
    CHECK(Session(server, {.alpn = ""}).ask_health().status == 200);
    CHECK_THROWS_WITH_AS(Session(server, {.alpn = "h2"}),
                         "handshake: tlsv1 alert no application protocol", WireError);
    CHECK_THROWS_AS(Session(server, {.highest = TLS1_1_VERSION}), WireError);
    CHECK(is_healthy(server));
}

TEST_CASE("tls: who comes back need not shake hands in full") {
    ServerUnderTest server(usual_tls());
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Session first(server, {.highest = version});
        CHECK(first.ask_health().status == 200); // the ticket is there by then
        auto* const ticket = SSL_get1_session(first.tls.session());
        Session second(server, {.highest = version, .resumed = ticket});
        CHECK(SSL_session_reused(second.tls.session()) == 1);
        CHECK(second.ask_health().status == 200);
        SSL_SESSION_free(ticket);
    }
}

TEST_CASE("tls: nobody renegotiates") {
    ServerUnderTest server(usual_tls());
    Session session(server, {.highest = TLS1_2_VERSION});
    CHECK(session.ask_health().status == 200);
    SSL_renegotiate(session.tls.session());
    CHECK(SSL_do_handshake(session.tls.session()) != 1);
    CHECK(is_healthy(server));
}

TEST_CASE("tls: a slow reader gets all of it, and one that takes nothing is cut") {
    ServerUnderTest server(usual_tls({"--write-timeout", "1"}));
    auto const path = fresh_path("slow");
    auto const body = noise(4 * 1024 * 1024);
    Headers const bytes{{"Content-Type", "application/octet-stream"}};
    REQUIRE(ask(server, "PUT", path, bytes, body).status == 201);
    auto stuck = secure(server, 4096);
    stuck.send(request("GET", path + "?offset=-1"));
    auto slow = secure(server, 4096);
    slow.send(request("GET", path + "?offset=-1", {{"Connection", "close"}}));
    slow.reply_head();
    std::string got;
    for (int i = 0; i < 20; ++i) {
        got += slow.take(10'000);
        pause(Wait{20});
    }
    got += slow.take(body.size() - got.size());
    CHECK((got == body));
    CHECK(slow.closes());
    CHECK(slow.tls()->ended_cleanly());
    pause(Wait{1500});
    CHECK_THROWS_AS(stuck.reply(), WireError);
    CHECK_FALSE(stuck.tls()->ended_cleanly());
    CHECK(is_healthy(server));
}

TEST_CASE("tls: keys may change while a body is on its way") {
    ServerUnderTest server(usual_tls());
    auto const path = fresh_path("keys");
    auto const body = noise(4 * 1024 * 1024);
    Headers const bytes{{"Content-Type", "application/octet-stream"}};
    REQUIRE(ask(server, "PUT", path, bytes, body).status == 201);
    auto wire = secure(server, 4096);
    wire.send(request("GET", path + "?offset=-1"));
    wire.reply_head();
    std::string got;
    for (int i = 0; i < 8; ++i) {
        got += wire.take(100'000);
        REQUIRE(SSL_key_update(wire.tls()->session(), SSL_KEY_UPDATE_REQUESTED) == 1);
        wire.send(request("GET", "/health")); // the update goes before it
    }
    got += wire.take(body.size() - got.size());
    CHECK((got == body));
    for (int i = 0; i < 8; ++i)
        CHECK(wire.reply().status == 200);
}

TEST_CASE("tls: every end is said") {
    ServerUnderTest server(usual_tls({"--idle-timeout", "0.3"}));
    auto closing = secure(server);
    closing.send(request("GET", "/health", {{"Connection", "close"}}));
    CHECK(closing.reply().status == 200);
    CHECK(closing.closes());
    CHECK(closing.tls()->ended_cleanly());
    auto idle = secure(server);
    idle.send(request("GET", "/health"));
    CHECK(idle.reply().status == 200);
    CHECK(idle.closes());
    CHECK(idle.tls()->ended_cleanly());
    auto refused = secure(server);
    refused.send("NONSENSE\r\n\r\n");
    CHECK(refused.reply().status == 400);
    CHECK(refused.closes());
    CHECK(refused.tls()->ended_cleanly());
    auto const path = create_text(server, "end");
    EventStream live(server.port(), path + "?live=sse&offset=now", {}, 0, Over::tls);
    CHECK(live.until_up_to_date().empty());
    server.signal(SIGTERM);
    CHECK_FALSE(live.next());
    CHECK(live.wire().closes());
    CHECK(live.wire().tls()->ended_cleanly());
    CHECK(server.wait().exit_code == 0);
}

TEST_CASE("tls: who speaks plain HTTP to its port is told so") {
    ServerUnderTest server(usual_tls());
    for (auto const* const method : {"GET", "HEAD", "POST", "PUT"}) {
        Wire wire(server.port(), 0, Over::plain);
        wire.send(request(method, "/v1/stream/p/s", {}, "body"));
        auto const reply = wire.reply(Wire::Answers::other);
        CHECK(reply.status == 400);
        CHECK(reply.body.find("HTTPS") != std::string::npos);
        CHECK(wire.ends_in_order());
    }
    CHECK(is_healthy(server));
}

TEST_CASE("tls: what is neither TLS nor HTTP is ended, not answered") {
    ServerUnderTest server(usual_tls());
    for (std::string const& said :
         {std::string("\r\n\r\n"), std::string(5, '\0'), noise(100'000)}) {
        Wire wire(server.port(), 0, Over::plain);
        wire.send_if_open(said);
        auto const answer = wire.rest(); // an alert at most
        CHECK(answer.find("HTTP") == std::string::npos);
        CHECK(answer.size() < 32);
    }
    Wire gentle(server.port(), 0, Over::plain);
    gentle.send(std::string(5, '\0'));
    CHECK(gentle.ends_in_order());
    CHECK(is_healthy(server));
}

TEST_CASE("tls: a client that leaves in the middle of the handshake leaves nothing behind") {
    ServerUnderTest server(usual_tls());
    auto const hello = TlsClient::hello();
    REQUIRE(hello.size() > 100);
    for (std::size_t size = 0; size <= hello.size(); size += size < 16 ? 1 : 37) {
        for (bool const reset : {false, true}) {
            Wire wire(server.port(), 0, Over::plain);
            wire.send(hello.substr(0, size));
            linger const now{1, 0};
            if (reset) ::setsockopt(wire.descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        }
    }
    auto broken = hello;
    for (std::size_t at = 0; at < broken.size(); at += 7)
        broken[at] = static_cast<char>(broken[at] ^ 0x55);
    Wire(server.port(), 0, Over::plain).send(broken);
    CHECK(is_healthy(server));
    auto const ended = server.stop();
    CHECK(ended.exit_code == 0);
    CHECK(ended.took < Wait{5000}); // no connection was left
}

TEST_CASE("tls: a handshake has as long as a request's head, however it drips") {
    ServerUnderTest server(usual_tls({"--header-timeout", "0.5"}));
    Wire silent(server.port(), 0, Over::plain);
    CHECK(silent.closes(Wait{3000}));
    auto const hello = TlsClient::hello();
    Wire dripping(server.port(), 0, Over::plain);
    auto const began = std::chrono::steady_clock::now();
    for (std::size_t at = 0; at < 30 && dripping.stays_silent(Wait{50}); ++at)
        dripping.send_if_open(hello.substr(at, 1));
    CHECK(std::chrono::steady_clock::now() - began < Wait{1300});
    auto idle = secure(server); // shakes hands, and asks for nothing
    CHECK(idle.closes(Wait{3000}));
}

TEST_CASE("tls: a handshake and a request that come byte by byte are served") {
    ServerUnderTest server(usual_tls());
    CHECK(ask_byte_by_byte(server.port(), request("GET", "/health")).rfind("HTTP/1.1 200 ", 0) ==
          0);
}

TEST_CASE("tls: SIGHUP brings the new certificate, and a bad one changes nothing") {
    ds::TempDir folder;
    auto const at = [&](char const* name) { return make_certificate(folder.path(), name); };
    auto const certificate_files = at("first");
    auto const& [certificate, key] = certificate_files;
    auto const second = at("second");
    ServerUnderTest server(with_tls(certificate_files));
    auto const name = [&] { return secure(server).tls()->peer_name(); };
    auto const logged = [&](char const* text) {
        return eventually([&] { return server.log().find(text) != std::string::npos; });
    };
    CHECK(name() == "first");
    auto old = secure(server);

    using std::filesystem::copy_file;
    constexpr auto k_over = std::filesystem::copy_options::overwrite_existing;
    copy_file(second.certificate, certificate, k_over); // the key is still the first one's
    server.signal(SIGHUP);
    CHECK(logged("tls.reload_failed"));
    CHECK(logged("does not belong to the certificate"));
    CHECK(name() == "first");

    copy_file(second.key, key, k_over);
    server.signal(SIGHUP);
    CHECK(logged("tls.reloaded"));
    CHECK(name() == "second");
    old.send(request("GET", "/health"));
    CHECK(old.reply().status == 200);
    CHECK(old.tls()->peer_name() == "first");

    write_file(certificate, "not a certificate");
    server.signal(SIGHUP);
    CHECK(logged("no certificate in PEM form"));
    std::filesystem::remove(certificate);
    server.signal(SIGHUP);
    CHECK(logged("No such file or directory"));
    CHECK(name() == "second");
}

TEST_CASE("tls: files that cannot be used are told before anything is opened") {
    ds::TempDir folder;
    auto const one = make_certificate(folder.path(), "one");
    auto const other = make_certificate(folder.path(), "other");
    auto const missing = folder.path() + "/missing";
    auto const data = folder.path() + "/data";
    write_file(folder.path() + "/text", "just text\n");
    auto const says = [&](std::vector<std::string> options, std::string const& what) {
        options.insert(options.begin(), {"serve", "--data", data, "--listen", "127.0.0.1:0"});
        auto const finished = run_ds(options);
        CHECK(finished.how.exit_code == 2);
        CHECK_MESSAGE(finished.output.find(what) != std::string::npos, finished.output);
        CHECK(finished.output.find("listening") == std::string::npos);
    };
    says({"--tls-cert", one.certificate}, "--tls-cert wants --tls-key as well");
    says({"--tls-key", one.key}, "--tls-key wants --tls-cert as well");
    says({"--tls-cert", missing, "--tls-key", one.key},
         "TLS certificate " + missing + ": No such file or directory");
    says({"--tls-cert", one.certificate, "--tls-key", missing},
         "TLS key " + missing + ": No such file or directory");
    says({"--tls-cert", folder.path() + "/text", "--tls-key", one.key}, "no certificate in PEM");
    says({"--tls-cert", one.certificate, "--tls-key", folder.path() + "/text"},
         "no private key in PEM form");
    says({"--tls-cert", one.certificate, "--tls-key", other.key}, "does not belong to");
    CHECK_FALSE(std::filesystem::exists(data));
}
