// epoll over SSE connections.
#include "bench/sse_readers.h"

#include "support/http_client.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace ds {

namespace {

constexpr std::string_view k_mark = "{\"n\":";
constexpr std::size_t k_number_digits_max = 20;

} // namespace

std::string numbered_message(std::uint64_t number, std::size_t size) {
    auto message = std::string(k_mark) + std::to_string(number) + ",\"pad\":\"";
    message.append(size > message.size() + 2 ? size - message.size() - 2 : 0, 'x');
    return message + "\"}";
}

SseReaders::~SseReaders() {
    close_all();
}

void SseReaders::close_all() {
    for (auto& reader : readers_)
        if (reader.socket >= 0) ::close(reader.socket);
    readers_.clear();
    if (epoll_ >= 0) ::close(epoll_);
    epoll_ = -1;
}

void SseReaders::open(std::string const& stream, std::size_t count) {
    if (epoll_ < 0) epoll_ = epoll_create1(EPOLL_CLOEXEC);
    auto const request = "GET /v1/stream/" + encode_path(stream) +
                         "?offset=now&live=sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    auto const patience = LoadClock::now() + std::chrono::seconds(60);
    // In waves, so that the server's backlog of new connections does not run over.
    constexpr std::size_t k_wave = 200;
    while (readers_.size() < count || begun_ < count) {
        if (LoadClock::now() > patience)
            give_up("only " + std::to_string(begun_) + " of " + std::to_string(count) +
                    " readers had an answer in 60 s");
        if (lost_ > 0) give_up("the server ended readers while they were being opened");
        connect_some(std::min(count, begun_ + k_wave), request);
        poll(std::chrono::milliseconds(100), [](std::uint64_t) {});
    }
}

void SseReaders::connect_some(std::size_t wanted, std::string const& request) {
    while (readers_.size() < wanted) {
        int const made = connect_without_waiting(port_);
        if (made < 0) give_up("cannot connect reader " + std::to_string(readers_.size()));
        // On loopback a connection stands at once.
        if (!send_all(made, request)) give_up("cannot send the request of a reader");
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = readers_.size();
        epoll_ctl(epoll_, EPOLL_CTL_ADD, made, &event);
        readers_.push_back({made, false, {}});
    }
}

void SseReaders::poll(std::chrono::milliseconds patience,
                      std::function<void(std::uint64_t)> const& received) {
    std::array<epoll_event, 512> events;
    auto const ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                  static_cast<int>(patience.count()));
    for (int i = 0; i < ready; ++i)
        read_from(events[static_cast<std::size_t>(i)].data.u64, received);
}

void SseReaders::read_from(std::size_t which, std::function<void(std::uint64_t)> const& received) {
    static std::array<char, 65536> buffer;
    auto& reader = readers_[which];
    auto const got = recv(reader.socket, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        ++lost_;
        ::close(reader.socket);
        reader.socket = -1;
        return;
    }
    scan(reader, {buffer.data(), static_cast<std::size_t>(got)}, received);
}

void SseReaders::scan(Reader& reader, std::string_view fresh,
                      std::function<void(std::uint64_t)> const& received) {
    std::string joined;
    if (!reader.tail.empty()) {
        joined = std::move(reader.tail);
        joined.append(fresh);
        fresh = joined;
    }
    if (!reader.begun) {
        reader.begun = fresh.find("event: control") != std::string_view::npos;
        if (reader.begun)
            ++begun_;
        else
            reader.tail = fresh;
        return;
    }
    std::size_t at = 0;
    while ((at = fresh.find(k_mark, at)) != std::string_view::npos) {
        auto const digits = at + k_mark.size();
        auto const end = fresh.find(',', digits);
        if (end == std::string_view::npos) break;
        std::uint64_t number = 0;
        std::from_chars(fresh.data() + digits, fresh.data() + end, number);
        received(number);
        at = end;
    }
    // Half a mark at the end is looked at again with what comes next.
    auto const from = at != std::string_view::npos ? at : fresh.rfind('{');
    bool const half = from != std::string_view::npos &&
                      fresh.size() - from < k_mark.size() + k_number_digits_max &&
                      fresh.find(',', from) == std::string_view::npos;
    reader.tail = half ? std::string(fresh.substr(from)) : std::string();
}

} // namespace ds
