// An HTTP server that does what a test tells it, byte by byte: for what real ones hardly ever do.
// One thread for each connection.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ds::test {

class TinyServer;

struct TinyRequest {
    TinyServer& server;
    std::string method{};
    std::string target{}; // "/v1/stream/a/b?offset=now"
    std::string head{};   // with its header lines
    std::string body{};
    std::uint64_t connection = 0; // which one it came over, from 0

    std::string header(std::string_view name) const;    // "" when it is not there
    std::string parameter(std::string_view name) const; // of the query; "" when it is not there
};

class TinyServer {
public:
    using Send = std::function<bool(std::string_view)>; // false: the other side is gone
    // Answers a request; false ends the connection after it.
    using Handler = std::function<bool(TinyRequest const&, Send const&)>;

    // Listens at a free port of the loopback interface.
    explicit TinyServer(Handler handler);
    // Ends all connections, whatever is on its way.
    ~TinyServer();
    TinyServer(TinyServer const&) = delete;
    TinyServer& operator=(TinyServer const&) = delete;

    std::uint16_t port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    // For handlers: so long, or until the server is to end.
    void wait(std::chrono::milliseconds time);
    bool is_ending() const { return ending_; }
    // Before what a handler uses goes.
    void stop();

private:
    void accept_all();
    void serve(int socket, std::uint64_t number);

    Handler handler_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> ending_ = false;
    std::mutex lock_;
    std::condition_variable ends_;
    std::vector<int> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

// "HTTP/1.1 200 OK" with these header lines ("A: b\r\n") and a Content-Length.
std::string tiny_reply(int status, std::string_view header_lines = "", std::string_view body = "");

} // namespace ds::test
