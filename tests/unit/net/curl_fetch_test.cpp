// Promises of net/curl_fetch, against a server of a few lines on loopback.
#include "net/curl_fetch.h"
#include "support/sure.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace ds;

namespace {

// Answers each request, on as many connections as come one after the other, with the next reply.
// An empty reply closes the connection; "HANG" stays silent until the client has gone.
class CannedServer {
public:
    explicit CannedServer(std::vector<std::string> replies) : replies_(std::move(replies)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_, any, size) == 0);
        REQUIRE(::listen(listener_, 8) == 0);
        REQUIRE(::getsockname(listener_, any, &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~CannedServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    std::string url(std::string const& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }

    // Read them once the client is done.
    std::vector<std::string> requests;
    std::atomic<int> connections{0};

private:
    void serve() {
        std::size_t next = 0;
        while (next < replies_.size()) {
            auto const peer = ::accept(listener_, nullptr, nullptr);
            if (peer < 0) return;
            ++connections;
            while (next < replies_.size() && answer(peer, replies_[next]))
                ++next;
            ++next;
            ::close(peer);
        }
    }

    bool answer(int peer, std::string const& reply) {
        std::string request;
        char byte = 0;
        auto more = [&] { return ::recv(peer, &byte, 1, 0) == 1; };
        while (!request.ends_with("\r\n\r\n")) {
            if (!more()) return false;
            request.push_back(byte);
        }
        auto const at = request.find("Content-Length: ");
        auto const length = at == std::string::npos ? 0 : std::stoul(request.substr(at + 16));
        auto const head = request.size();
        request.resize(head + length);
        if (length > 0 && ::recv(peer, request.data() + head, length, MSG_WAITALL) !=
                              static_cast<ssize_t>(length))
            return false;
        requests.push_back(request);
        if (reply == "HANG") {
            while (more()) {
            }
            return false;
        }
        ::send(peer, reply.data(), reply.size(), MSG_NOSIGNAL);
        return !reply.empty() && reply.find("Connection: close") == std::string::npos;
    }

    std::vector<std::string> replies_;
    int listener_ = -1;
    int port_ = 0;
    std::thread thread_;
};

std::string ok(std::string const& body, std::string const& headers = "") {
    return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

FetchRequest get(std::string url) {
    FetchRequest request;
    request.url = std::move(url);
    return request;
}

struct Taker final : BodyTaker {
    int status = 0;
    std::string body;
    std::size_t most = std::string::npos;
    Flow on_head(FetchReply const& head) override {
        status = head.status;
        return Flow::more;
    }
    Flow on_bytes(std::string_view bytes) override {
        body.append(bytes);
        return body.size() >= most ? Flow::stop : Flow::more;
    }
};

} // namespace

TEST_CASE("curl fetch: requests share one connection, and headers are found in any case") {
    CannedServer server({ok("one", "X-Thing: a\r\nx-thing: b\r\nFlag:  TRUE \r\n"), ok("")});
    CurlFetch fetch;
    auto const first = test::sure(fetch.fetch(get(server.url("/a?b=c"))));
    CHECK(first->status == 200);
    CHECK(first->body == "one");
    CHECK(first->headers.get("x-THING") == "a");
    CHECK(first->headers.says_true("flag"));
    CHECK(!first->headers.says_true("x-thing"));
    CHECK(!first->headers.get("absent"));
    REQUIRE(fetch.fetch(get(server.url())));
    CHECK(server.connections == 1);
    CHECK(server.requests.at(0).starts_with("GET /a?b=c HTTP/1.1\r\n"));
}

TEST_CASE("curl fetch: a body goes out as it is, without headers nobody asked for") {
    CannedServer server({ok(""), ok("")});
    CurlFetch fetch;
    // Large enough that libcurl by itself would ask for "100 Continue" first.
    auto const body = std::string("a\0b\r\n", 5) + std::string(2'000'000, 'x');
    FetchRequest post;
    post.method = "POST";
    post.url = server.url();
    post.headers.add("X-Empty", "");
    post.body = body;
    REQUIRE(fetch.fetch(post));
    post.body = {};
    REQUIRE(fetch.fetch(post));
    CHECK(server.requests.at(0).ends_with("\r\n\r\n" + body));
    CHECK(server.requests.at(0).find("X-Empty:\r\n") != std::string::npos);
    CHECK(server.requests.at(0).find("Content-Type") == std::string::npos);
    CHECK(server.requests.at(0).find("Expect") == std::string::npos);
    CHECK(server.requests.at(1).find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("curl fetch: reads follow redirects unless they must not, and writes do not") {
    auto const moved = std::string("HTTP/1.1 307 Moved\r\nLocation: /there\r\nX-Old: 1\r\n"
                                   "Content-Length: 4\r\n\r\ngone");
    CannedServer server({moved, ok("there"), moved, moved});
    CurlFetch fetch;
    auto const read = test::sure(fetch.fetch(get(server.url("/here"))));
    CHECK(read->status == 200);
    CHECK(read->body == "there");
    CHECK(!read->headers.get("X-Old"));
    FetchRequest put = get(server.url("/here"));
    put.method = "PUT";
    auto const write = test::sure(fetch.fetch(put));
    CHECK(write->status == 307);
    FetchRequest stays = get(server.url("/here"));
    stays.redirects = Redirects::never;
    auto const stayed = test::sure(fetch.fetch(stays));
    CHECK(stayed->status == 307);
}

TEST_CASE("curl fetch: HEAD has headers and no body") {
    CannedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nA: b\r\n\r\n"});
    CurlFetch fetch;
    FetchRequest head = get(server.url());
    head.method = "HEAD";
    auto const reply = test::sure(fetch.fetch(head));
    CHECK(reply->headers.get("a") == "b");
    CHECK(reply->body.empty());
}

TEST_CASE("curl fetch: a taker may stop the body, and that is no error") {
    auto const endless = std::string("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcdef");
    CannedServer server({endless});
    CurlFetch fetch;
    Taker taker;
    taker.most = 3;
    auto const reply = test::sure(fetch.fetch_into(get(server.url()), taker));
    CHECK(taker.status == 200);
    CHECK(taker.body.starts_with("abc"));
}

TEST_CASE("curl fetch: a body that breaks off is an error") {
    CannedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc"});
    CurlFetch fetch;
    auto const reply = fetch.fetch(get(server.url()));
    REQUIRE(!reply);
    CHECK(reply.error().fault == Fault::io);
}

TEST_CASE("curl fetch: silence ends at the limit, overall or since the last byte") {
    CannedServer server({"HANG", "HANG"});
    CurlFetch fetch;
    auto request = get(server.url());
    request.limits.overall = std::chrono::milliseconds(50);
    auto const overall = fetch.fetch(request);
    REQUIRE(!overall);
    CHECK(overall.error().fault == Fault::unreachable);
    request.limits.overall = {};
    request.limits.stall = std::chrono::milliseconds(50);
    auto const stalled = fetch.fetch(request);
    REQUIRE(!stalled);
    CHECK(stalled.error().fault == Fault::io);
}

TEST_CASE("curl fetch: nobody there, no such scheme and smuggled headers are different errors") {
    CurlFetch fetch;
    auto const fault = [&](FetchRequest const& request) {
        auto const reply = fetch.fetch(request);
        REQUIRE(!reply);
        return reply.error().fault;
    };
    // Port 1 is reserved, and nothing listens there.
    CHECK(fault(get("http://127.0.0.1:1/")) == Fault::unreachable);
    CHECK(fault(get("ftp://127.0.0.1/")) == Fault::invalid);
    CHECK(fault(get("http://")) == Fault::invalid);
    auto smuggled = get("http://127.0.0.1:1/");
    smuggled.headers.add("Authorization", "Bearer x\r\nX-Admin: 1");
    CHECK(fault(smuggled) == Fault::invalid);
}

TEST_CASE("curl fetch: loopback is never asked for through a proxy") {
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    CannedServer server({ok("direct")});
    CurlFetch fetch;
    auto const reply = fetch.fetch(get(server.url()));
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    ::unsetenv("http_proxy");
    REQUIRE(reply);
    CHECK(reply->body == "direct");
}

TEST_CASE("curl fetch: threads may share one") {
    std::vector<std::string> replies(8, ok("x", "Connection: close\r\n"));
    CannedServer server(replies);
    CurlFetch fetch;
    std::atomic<int> answered{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 2; ++i)
                if (fetch.fetch(get(server.url()))) ++answered;
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(answered == 8);
}

TEST_CASE("curl fetch: a request reaches no address beyond what it may") {
    CannedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"});
    CurlFetch fetch;
    FetchRequest request;
    request.method = "POST";
    request.url = server.url();
    request.reach = Reach::internet;
    CHECK(test::failed_as(fetch.fetch(request)) == Fault::invalid);
    CHECK(server.connections == 0);
    // A name is no way around: what it leads to counts.
    request.url.replace(request.url.find("127.0.0.1"), 9, "localhost");
    CHECK_FALSE(fetch.fetch(request));
    CHECK(server.connections == 0);
    request.url = server.url();
    request.reach = Reach::loopback;
    auto const reached = test::sure(fetch.fetch(request));
    CHECK(reached->body == "ok");
}
