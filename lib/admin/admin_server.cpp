// cpp-httplib's server, with few threads and short waits.
#include "admin/admin_server.h"

#include "admin/admin_file.h"
#include "admin/lines.h"
#include "admin/operate.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/guarded.h"
#include "net/reach.h"

#include <httplib.h>

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

namespace ds {
namespace {

constexpr std::size_t k_threads = 4;
// Connections that wait for a thread; further ones wait in the kernel.
constexpr std::size_t k_admin_waiting_max = 16;
constexpr std::size_t k_body_bytes_max = 64 * k_kib;
// From the turn of a connection until its request is whole, however it comes: a thread is held
// meanwhile.
constexpr std::chrono::seconds k_request_max{3};
// Until a peer takes some of its answer.
constexpr std::chrono::seconds k_admin_write_max{5};
// How often a wait looks whether the server ends.
constexpr std::chrono::milliseconds k_look{50};
constexpr std::size_t k_admin_token_bytes = 32;
constexpr char const* k_json_lines = "application/x-ndjson";

// httplib's own threads take any number of connections.
class BoundedThreads final : public httplib::TaskQueue {
public:
    BoundedThreads() {
        for (std::size_t i = 0; i < k_threads; ++i)
            threads_.emplace_back([this] {
                pthread_setname_np(pthread_self(), "ds-admin");
                work();
            });
    }

    // Waits for room, and with it the thread that accepts connections.
    void enqueue(std::function<void()> job) override {
        {
            auto box = box_.lock();
            box.wait(changed_, [](Box& now) { return now.jobs.size() < k_admin_waiting_max; });
            box->jobs.push_back(std::move(job));
        }
        changed_.notify_all();
    }

    void shutdown() override {
        box_.lock()->ending = true;
        changed_.notify_all();
        for (auto& thread : threads_)
            thread.join();
        threads_.clear();
    }

private:
    struct Box {
        std::deque<std::function<void()>> jobs;
        bool ending = false;
    };

    void work() {
        for (;;) {
            std::function<void()> job;
            {
                auto box = box_.lock();
                box.wait(changed_, [](Box& now) { return now.ending || !now.jobs.empty(); });
                if (box->jobs.empty()) return;
                job = std::move(box->jobs.front());
                box->jobs.pop_front();
            }
            changed_.notify_all();
            job();
        }
    }

    Guarded<Box> box_;
    std::condition_variable changed_;
    std::vector<std::thread> threads_;
};

// A connection as httplib reads and writes it. Its own one gives each read a time, so that a peer
// that drips may hold a thread for ever; here all of them have one together, and none when the
// server ends.
class Peer final : public httplib::Stream {
public:
    Peer(socket_t socket, std::atomic<bool> const& stopping)
        : socket_(socket),
          stopping_(stopping) {}

    bool is_readable() const override { return begin_ < end_ || is_ready(POLLIN, whole_by_); }
    bool is_writable() const override {
        return is_ready(POLLOUT, std::chrono::steady_clock::now() + k_admin_write_max);
    }
    ssize_t read(char* into, std::size_t size) override {
        if (begin_ == end_) {
            if (!is_readable()) return -1;
            auto const got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
            if (got <= 0) return got;
            begin_ = 0;
            end_ = static_cast<std::size_t>(got);
        }
        auto const count = std::min(size, end_ - begin_);
        std::copy_n(buffer_.data() + begin_, count, into);
        begin_ += count;
        return static_cast<ssize_t>(count);
    }
    ssize_t write(char const* bytes, std::size_t size) override {
        if (!is_writable()) return -1;
        return ::send(socket_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    void get_remote_ip_and_port(std::string&, int&) const override {}
    void get_local_ip_and_port(std::string&, int&) const override {}
    socket_t socket() const override { return socket_; }

private:
    bool is_ready(short what, std::chrono::steady_clock::time_point until) const {
        while (!stopping_) {
            auto const left = std::chrono::ceil<std::chrono::milliseconds>(
                until - std::chrono::steady_clock::now());
            if (left.count() <= 0) return false;
            pollfd asked{socket_, what, 0};
            if (::poll(&asked, 1, static_cast<int>(std::min(left, k_look).count())) > 0)
                return true;
        }
        return false;
    }

    socket_t const socket_;
    std::atomic<bool> const& stopping_;
    std::chrono::steady_clock::time_point const whole_by_ =
        std::chrono::steady_clock::now() + k_request_max;
    std::array<char, 4 * k_kib> buffer_{};
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

// One request for each connection.
class Http final : public httplib::Server {
public:
    explicit Http(std::atomic<bool> const& stopping) : stopping_(stopping) {}

private:
    bool process_and_close_socket(socket_t socket) override {
        Peer peer(socket, stopping_);
        bool closed = false;
        bool const done = process_request(peer, true, closed, nullptr);
        ::shutdown(socket, SHUT_RDWR);
        ::close(socket);
        return done;
    }

    std::atomic<bool> const& stopping_;
};

} // namespace

struct AdminServer::Wire {
    explicit Wire(Console& of) : console(of) {}

    using Handled = httplib::Server::HandlerResponse;

    void set_up() {
        http.set_payload_max_length(k_body_bytes_max);
        // Without SO_REUSEPORT, which would let another process share the port.
        http.set_socket_options([](auto socket) {
            int const yes = 1;
            ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
        });
        http.set_default_headers({{"Ds-Operation", "1"}, {"Cache-Control", "no-store"}});
        http.new_task_queue = [this] {
            serving.count_down();
            return new BoundedThreads; // httplib deletes it
        };
        // Before the body is read.
        http.set_pre_routing_handler([this](auto const& request, auto& response) {
            if (same_secret(request.get_header_value("Authorization"), "Bearer " + token))
                return Handled::Unhandled;
            response.status = 401;
            refuse(response, "this takes the token of admin.json in the data directory");
            return Handled::Handled;
        });
        http.Post("/v1/admin/([a-z]+)", [this](auto const& request, auto& response) {
            answer(request.matches[1].str(), request.body, response);
        });
        http.set_error_handler([](auto const&, auto& response) {
            if (response.body.empty())
                refuse(response, response.status == 413 ? "the arguments are too long"
                                                        : "operations are POST /v1/admin/<name>");
        });
    }

    static void refuse(httplib::Response& response, std::string const& why) {
        response.set_content(write_line(Error{Fault::invalid, why}) + "\n", k_json_lines);
    }

    void answer(std::string const& operation, std::string const& arguments,
                httplib::Response& response) {
        response.set_chunked_content_provider(
            k_json_lines, [this, operation, arguments](std::size_t, httplib::DataSink& sink) {
                operate(console, operation, arguments, [&](std::string_view line) {
                    auto const text = std::string(line) + "\n";
                    return !stopping && sink.write(text.data(), text.size());
                });
                sink.done();
                return true;
            });
    }

    Console& console;
    std::string token = hex_encode(random_bytes(k_admin_token_bytes));
    std::atomic<bool> stopping = false;
    std::latch serving{1};
    Http http{stopping};
    std::thread thread;
};

AdminServer::AdminServer(std::unique_ptr<Wire> wire, std::string data, std::string url)
    : wire_(std::move(wire)),
      data_(std::move(data)),
      url_(std::move(url)) {}

AdminServer::~AdminServer() {
    stop();
}

Result<std::unique_ptr<AdminServer>> AdminServer::start(Console& console,
                                                        AdminOptions const& options) {
    if (!is_loopback(options.host))
        return Error{Fault::invalid,
                     "--admin-listen " + options.host +
                         ": the operator's port listens on this machine only; take 127.0.0.1:0, "
                         "or none to do without"};
    auto wire = std::make_unique<Wire>(console);
    wire->set_up();
    auto const bound = options.port == 0 ? wire->http.bind_to_any_port(options.host)
                                         : (wire->http.bind_to_port(options.host, options.port)
                                                ? static_cast<int>(options.port)
                                                : -1);
    auto const v6 = options.host.find(':') != std::string::npos;
    auto const place = (v6 ? "[" + options.host + "]" : options.host) + ":";
    if (bound <= 0)
        return Error{Fault::io, "--admin-listen " + place + std::to_string(options.port) +
                                    ": cannot listen there; is the port taken?"};

    auto const url = "http://" + place + std::to_string(bound);
    std::unique_ptr<AdminServer> server(new AdminServer(std::move(wire), options.data, url));
    auto& running = *server->wire_;
    running.thread = std::thread([&running] {
        pthread_setname_np(pthread_self(), "ds-admin");
        running.http.listen_after_bind();
    });
    // Only then does stop() find something to stop.
    running.serving.wait();
    TRY(write_admin_file(options.data, {url, running.token}));
    return server;
}

Result<void> AdminServer::tell_clients_url(std::string const& serves) {
    return write_admin_file(data_, {url_, wire_->token, serves});
}

void AdminServer::stop() {
    if (!wire_->thread.joinable()) return;
    remove_admin_file(data_);
    wire_->stopping = true;
    wire_->http.stop();
    wire_->thread.join();
}

} // namespace ds
