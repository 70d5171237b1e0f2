// epoll over connections that each have at most one request under way.
#include "bench/reader_http.h"

#include "support/http_client.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace ds {

namespace {

constexpr std::size_t k_buffer_bytes = std::size_t{256} * 1024;
constexpr int k_tries = 3;

} // namespace

HttpReaders::HttpReaders(Target target, std::size_t count)
    : target_(std::move(target)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      readers_(count),
      buffer_(k_buffer_bytes) {}

HttpReaders::~HttpReaders() {
    for (auto& reader : readers_)
        if (reader.socket >= 0) ::close(reader.socket);
    ::close(epoll_);
}

void HttpReaders::open() {
    auto const end = LoadClock::now() + std::chrono::seconds(60);
    Events const nothing{{}, [](std::size_t, AnswerReader const&, LoadClock::time_point) {}};
    while (begun_ < readers_.size() || connecting_ > 0) {
        if (LoadClock::now() > end) give_up("the readers could not connect in a minute");
        connect_some();
        poll(std::chrono::milliseconds(100), nothing);
    }
}

void HttpReaders::connect_some() {
    for (; begun_ < readers_.size() && connecting_ < k_connecting_max; ++begun_)
        if (readers_[begun_].socket < 0) connect(begun_);
}

void HttpReaders::connect(std::size_t which) {
    auto& reader = readers_[which];
    reader.socket = connect_without_waiting(target_.port);
    if (reader.socket < 0) give_up("cannot connect reader " + std::to_string(which));
    reader.connected = false;
    reader.sent = 0;
    ++connecting_;
    watch(epoll_, EPOLL_CTL_ADD, reader.socket, EPOLLIN | EPOLLOUT, which);
}

void HttpReaders::ask(std::size_t which, std::string_view request) {
    auto& reader = readers_[which];
    reader.request.assign(request);
    reader.sent = 0;
    reader.tries = 0;
    reader.waiting = true;
    reader.answer.begin();
    reader.asked = LoadClock::now();
    if (reader.socket < 0)
        connect(which);
    else if (reader.connected)
        send_some(which);
}

void HttpReaders::send_some(std::size_t which) {
    auto& reader = readers_[which];
    auto const rest = std::string_view(reader.request).substr(reader.sent);
    auto const sent = send(reader.socket, rest.data(), rest.size(), MSG_NOSIGNAL);
    // That the connection is gone is seen by reading from it.
    if (sent > 0) reader.sent += static_cast<std::size_t>(sent);
    if (reader.sent < reader.request.size())
        watch(epoll_, EPOLL_CTL_MOD, reader.socket, EPOLLIN | EPOLLOUT, which);
}

void HttpReaders::become_connected(std::size_t which) {
    auto& reader = readers_[which];
    if (!reader.connected) {
        if (!connection_made(reader.socket))
            give_up("the server refused the connection of reader " + std::to_string(which));
        reader.connected = true;
        --connecting_;
    }
    watch(epoll_, EPOLL_CTL_MOD, reader.socket, EPOLLIN, which);
    if (reader.waiting) send_some(which);
}

void HttpReaders::poll(std::chrono::milliseconds patience, Events const& events) {
    std::array<epoll_event, 512> ready;
    auto const count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()),
                                  static_cast<int>(patience.count()));
    for (int i = 0; i < count; ++i) {
        auto const& event = ready[static_cast<std::size_t>(i)];
        auto const which = event.data.u64;
        if ((event.events & EPOLLOUT) != 0 || !readers_[which].connected) become_connected(which);
        if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_from(which, events);
    }
}

void HttpReaders::poll_until(std::function<bool()> const& done, Events const& events,
                             std::chrono::seconds silence) {
    last_bytes_ = LoadClock::now();
    while (!done()) {
        if (LoadClock::now() - last_bytes_ > silence)
            give_up("no answer for " + std::to_string(silence.count()) + " s");
        poll(std::chrono::milliseconds(50), events);
    }
}

void HttpReaders::read_from(std::size_t which, Events const& events) {
    auto& reader = readers_[which];
    if (reader.socket < 0) return;
    auto const got = recv(reader.socket, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return closed_by_server(which, events);
    take(which, {buffer_.data(), static_cast<std::size_t>(got)}, events);
}

void HttpReaders::take(std::size_t which, std::string_view fresh, Events const& events) {
    auto& reader = readers_[which];
    last_bytes_ = LoadClock::now();
    AnswerReader::Body body;
    if (events.body) body = [&](std::string_view piece) { events.body(which, piece); };
    auto const taken = reader.waiting ? reader.answer.take(fresh, body) : 0;
    if (reader.answer.broken() || taken < fresh.size())
        give_up("not the answer to a read: " + std::string(fresh.substr(taken, 300)));
    if (reader.answer.whole()) finish(which, events, last_bytes_);
}

void HttpReaders::finish(std::size_t which, Events const& events, LoadClock::time_point now) {
    auto& reader = readers_[which];
    reader.waiting = false;
    if (reader.answer.closes()) close(reader);
    events.answered(which, reader.answer, now);
}

void HttpReaders::closed_by_server(std::size_t which, Events const& events) {
    auto& reader = readers_[which];
    close(reader);
    if (!reader.waiting) return;
    if (reader.answer.end_of_connection()) return finish(which, events, LoadClock::now());
    // A server may close an idle connection just when a request is on its way.
    if (!reader.answer.untouched() || ++reader.tries > k_tries)
        give_up("the server closed a connection instead of answering");
    connect(which);
}

void HttpReaders::close(Reader& reader) {
    if (reader.socket < 0) return;
    ::close(reader.socket);
    reader.socket = -1;
    if (!reader.connected) --connecting_;
    reader.connected = false;
    ++reconnects_;
}

HttpReaders::Fetched HttpReaders::fetch(std::string_view request) {
    Fetched got;
    Events const events{[&](std::size_t, std::string_view piece) { got.body.append(piece); },
                        [&](std::size_t, AnswerReader const& answer, LoadClock::time_point) {
                            got.status = answer.status();
                            got.head = answer.head();
                        }};
    ask(0, request);
    poll_until([&] { return got.status != 0; }, events, std::chrono::seconds(30));
    return got;
}

std::string read_request(Target const& target, std::string_view stream, std::string_view query,
                         std::string_view headers) {
    std::string request("GET ");
    request.append(target.base).append(encode_path(stream)).append(query);
    request.append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n").append(credentials_of(target));
    return request.append(headers).append("\r\n");
}

std::string encode_value(std::string_view value) {
    std::string encoded;
    for (char const c : value) {
        bool const plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') ||
                           std::string_view("-._~").find(c) != std::string_view::npos;
        if (plain)
            encoded.push_back(c);
        else
            encoded.append(format_text("%%%02X", static_cast<unsigned char>(c)));
    }
    return encoded;
}

std::string_view needed_header(std::string_view head, std::string_view name) {
    auto const value = header_value(head, name);
    if (!value)
        give_up("no " + std::string(name) + " in an answer: " + std::string(head.substr(0, 400)));
    return *value;
}

} // namespace ds
