// An epoll thread and a commit thread.
#include "bench/ceiling.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace ds {

namespace {

constexpr std::int64_t k_file_bytes = std::int64_t{64} * 1024 * 1024;
constexpr std::string_view k_answer =
    "HTTP/1.1 204 No Content\r\n"
    "Stream-Next-Offset: 0000000000000000_0000000000000000\r\n\r\n";
constexpr std::string_view k_length = "\r\nContent-Length: ";

void watch(int epoll, int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

void ring(int eventfd) {
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = write(eventfd, &one, sizeof one);
}

} // namespace

Ceiling::Ceiling(std::string const& file, std::optional<unsigned> cpu) : cpu_(cpu) {
    file_ = open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    std::string const zeros(std::size_t{1024} * 1024, '\0');
    for (std::int64_t at = 0; at < k_file_bytes; at += static_cast<std::int64_t>(zeros.size()))
        if (pwrite(file_, zeros.data(), zeros.size(), at) < 0) give_up("cannot fill " + file);
    fsync(file_);
    listen_on_loopback();
    front_ = std::thread([this] { answer_requests(); });
    back_ = std::thread([this] { commit_batches(); });
}

Ceiling::~Ceiling() {
    {
        std::scoped_lock const lock(mutex_);
        stopping_ = true;
    }
    something_.notify_all();
    ring(wake_);
    back_.join();
    front_.join();
    for (auto const& [socket, bytes] : requests_)
        ::close(socket);
    for (int const descriptor : {file_, listener_, epoll_, wake_})
        ::close(descriptor);
}

void Ceiling::listen_on_loopback() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 4096) != 0 ||
        getsockname(listener_, generic, &size) != 0)
        give_up("the ceiling cannot listen");
    port_ = ntohs(address.sin_port);
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    watch(epoll_, listener_);
    watch(epoll_, wake_);
}

void Ceiling::answer_requests() {
    pin_thread(cpu_);
    std::array<epoll_event, 512> events;
    while (true) {
        auto const ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < ready; ++i) {
            int const socket = events[static_cast<std::size_t>(i)].data.fd;
            if (socket == listener_)
                accept_all();
            else if (socket == wake_)
                answer_committed();
            else
                read_request(socket);
        }
        std::scoped_lock const lock(mutex_);
        if (stopping_) return;
        if (arriving_.empty()) continue;
        pending_.bodies.append(arriving_.bodies);
        pending_.sockets.insert(pending_.sockets.end(), arriving_.sockets.begin(),
                                arriving_.sockets.end());
        arriving_ = {};
        something_.notify_one();
    }
}

void Ceiling::accept_all() {
    int const yes = 1;
    for (int made;
         (made = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        requests_[made];
        watch(epoll_, made);
    }
}

void Ceiling::forget(int socket) {
    requests_.erase(socket);
    ::close(socket);
}

void Ceiling::read_request(int socket) {
    static thread_local std::array<char, 65536> buffer;
    auto const got = recv(socket, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return forget(socket);
    auto& request = requests_[socket];
    request.append(buffer.data(), static_cast<std::size_t>(got));
    auto const end = request.find("\r\n\r\n");
    auto const length = request.find(k_length);
    if (end == std::string::npos || length == std::string::npos) return;
    std::size_t size = 0;
    std::from_chars(request.data() + length + k_length.size(), request.data() + end, size);
    if (request.size() < end + 4 + size) return;
    arriving_.bodies.append(request, end + 4, size);
    arriving_.sockets.push_back(socket);
    request.clear();
}

void Ceiling::commit_batches() {
    pin_thread(cpu_);
    while (true) {
        Work batch;
        {
            std::unique_lock lock(mutex_);
            something_.wait(lock, [&] { return stopping_ || !pending_.empty(); });
            if (stopping_) return;
            std::swap(batch, pending_);
        }
        auto const size = static_cast<std::int64_t>(batch.bodies.size());
        if (file_at_ + size > k_file_bytes) file_at_ = 0;
        if (pwrite(file_, batch.bodies.data(), batch.bodies.size(), file_at_) != size ||
            fdatasync(file_) != 0)
            give_up("the ceiling cannot write");
        file_at_ += size;
        {
            std::scoped_lock const lock(mutex_);
            committed_.sockets.insert(committed_.sockets.end(), batch.sockets.begin(),
                                      batch.sockets.end());
        }
        ring(wake_);
    }
}

void Ceiling::answer_committed() {
    std::uint64_t rung = 0;
    [[maybe_unused]] auto const got = read(wake_, &rung, sizeof rung);
    std::vector<int> sockets;
    {
        std::scoped_lock const lock(mutex_);
        sockets.swap(committed_.sockets);
    }
    for (int const socket : sockets)
        if (requests_.contains(socket))
            send(socket, k_answer.data(), k_answer.size(), MSG_NOSIGNAL);
}

} // namespace ds
