// epoll over live readers and the one writer.
#include "bench/reader_load.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>

namespace ds {

namespace {

constexpr std::string_view k_text = ",\"t\":\"";
constexpr std::string_view k_message_end = "\"}";
constexpr std::size_t k_digits_max = 19;
constexpr std::size_t k_buffer_bytes = std::size_t{256} * 1024;
constexpr std::uint64_t k_writer = UINT64_MAX; // among the epoll events

std::size_t message_bytes(std::size_t digits, std::size_t size) {
    return std::max(size, k_mark.size() + digits + k_text.size() + k_message_end.size());
}

} // namespace

std::string numbered_message(std::uint64_t number, std::size_t size) {
    auto const digits = std::to_string(number);
    auto const bytes = message_bytes(digits.size(), size);
    std::string message;
    message.reserve(bytes);
    message.append(k_mark).append(digits).append(k_text);
    message.append(bytes - message.size() - k_message_end.size(), 'x');
    return message.append(k_message_end);
}

std::string fresh_name(Arguments const& arguments, std::string_view measure) {
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    return arguments.text("--prefix", "bench")
        .append("-")
        .append(measure)
        .append("-")
        .append(std::to_string(std::chrono::nanoseconds(now).count()));
}

void MarkScanner::take(char byte, std::size_t size) {
    if (matched_ < k_mark.size()) {
        bool const fits = byte == k_mark[matched_];
        matched_ = fits ? static_cast<std::uint8_t>(matched_ + 1) : byte == k_mark.front();
        number_ = 0;
        digits_ = 0;
    } else if (byte >= '0' && byte <= '9' && digits_ < k_digits_max) {
        number_ = number_ * 10 + static_cast<std::uint64_t>(byte - '0');
        ++digits_;
    } else {
        matched_ = byte == k_mark.front();
        if (byte == ',' && digits_ > 0)
            left_ = message_bytes(digits_, size) - k_mark.size() - digits_ - 1;
    }
}

Writer::Writer(Target target, std::string stream, std::size_t connection)
    : target_(std::move(target)),
      stream_(std::move(stream)),
      connection_(connection),
      socket_(connect_now(target_.port)) {
    unsent_ = greeting(target_, connection_);
    send_some();
}

Writer::~Writer() {
    ::close(socket_);
}

void Writer::create() {
    auto const request = create_request(target_, stream_, "application/json", connection_);
    if (request.empty()) return;
    unsent_ += request;
    ++asked_;
    auto const end = LoadClock::now() + std::chrono::seconds(10);
    while (unanswered() > 0) {
        if (LoadClock::now() > end) give_up("no answer to the creation of a stream");
        proceed();
        usleep(100);
    }
    if (errors_ > 0) give_up("the stream could not be created");
}

LoadClock::time_point Writer::append(std::string_view body) {
    if (unanswered() == 0) proceed(); // and finds out if the connection is still there
    unsent_ += append_request(target_, stream_, "application/json", body, connection_);
    ++asked_;
    auto const now = LoadClock::now();
    send_some();
    return now;
}

void Writer::proceed() {
    send_some();
    take_answers();
}

void Writer::send_some() {
    if (unsent_.empty()) return;
    auto const sent = send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    // That the connection is gone is seen by reading from it.
    if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
}

void Writer::take_answers() {
    std::array<char, 16384> buffer;
    auto const got = recv(socket_, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return closed_by_server();
    arrived_.append(buffer.data(), static_cast<std::size_t>(got));
    std::string_view rest = arrived_;
    for (auto answer = first_answer(target_, rest); answer.bytes > 0;
         answer = first_answer(target_, rest)) {
        unsent_ += answer.reply;
        if (answer.counts) ++answered_;
        if (answer.counts && !answer.accepted && errors_++ == 0)
            std::cerr << "refused: " << rest.substr(0, std::min<std::size_t>(answer.bytes, 400))
                      << std::endl;
        rest.remove_prefix(answer.bytes);
    }
    arrived_.erase(0, arrived_.size() - rest.size());
}

void Writer::closed_by_server() {
    if (unanswered() > 0) give_up("the server closed the connection that appends");
    // Made before the other is closed, so that it has another number.
    int const made = connect_now(target_.port);
    ::close(socket_);
    socket_ = made;
    arrived_.clear();
    unsent_ = greeting(target_, connection_);
    send_some();
}

LiveReaders::LiveReaders(Target target, std::string stream, std::size_t message_size,
                         Writer& writer)
    : target_(std::move(target)),
      stream_(std::move(stream)),
      message_size_(message_size),
      writer_(writer),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      talks_(target_.dialect == Dialect::redis || target_.dialect == Dialect::nats),
      buffer_(k_buffer_bytes) {}

LiveReaders::~LiveReaders() {
    for (auto& reader : readers_)
        if (reader.socket >= 0) ::close(reader.socket);
    ::close(epoll_);
}

void LiveReaders::open(std::size_t count, std::chrono::seconds patience) {
    readers_.reserve(count);
    auto const end = LoadClock::now() + patience;
    while (begun_ + lost_ < count) {
        if (LoadClock::now() > end) {
            if (!first_words_.empty()) std::cerr << first_words_ << std::endl;
            give_up("only " + std::to_string(begun_) + " of " + std::to_string(count) +
                    " readers were taken in after " + std::to_string(patience.count()) + " s, " +
                    std::to_string(lost_) + " were lost");
        }
        connect_some(count);
        poll(std::chrono::milliseconds(100), [](std::uint64_t, LoadClock::time_point) {});
    }
}

void LiveReaders::connect_some(std::size_t count) {
    while (readers_.size() < count && readers_.size() - begun_ - lost_ < k_connecting_max) {
        auto& reader = readers_.emplace_back();
        reader.socket = connect_without_waiting(target_.port);
        if (reader.socket < 0)
            lose(reader, "cannot connect");
        else
            watch(epoll_, EPOLL_CTL_ADD, reader.socket, EPOLLIN | EPOLLOUT, readers_.size() - 1);
    }
}

void LiveReaders::poll(std::chrono::milliseconds patience, Received const& received) {
    if (writer_.blocked()) {
        writer_.proceed();
        patience = std::min(patience, std::chrono::milliseconds(1));
    }
    if (writer_.socket() != writer_socket_) {
        writer_socket_ = writer_.socket();
        watch(epoll_, EPOLL_CTL_ADD, writer_socket_, EPOLLIN, k_writer);
    }
    std::array<epoll_event, 512> events;
    auto const ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                  static_cast<int>(patience.count()));
    for (int i = 0; i < ready; ++i) {
        auto const which = events[static_cast<std::size_t>(i)].data.u64;
        if (which == k_writer)
            writer_.proceed();
        else if (readers_[which].state == State::connecting)
            subscribe(which);
        else
            read_from(which, received);
    }
}

bool LiveReaders::poll_until(LoadClock::time_point end, std::function<bool()> const& done,
                             Received const& received) {
    while (!done()) {
        auto const left = end - LoadClock::now();
        if (left <= LoadClock::duration::zero()) return false;
        poll(std::min(std::chrono::ceil<std::chrono::milliseconds>(left),
                      std::chrono::milliseconds(50)),
             received);
    }
    return true;
}

void LiveReaders::subscribe(std::size_t which) {
    auto& reader = readers_[which];
    if (!connection_made(reader.socket)) return lose(reader, "connection refused");
    reader.state = State::asking;
    watch(epoll_, EPOLL_CTL_MOD, reader.socket, EPOLLIN, which);
    if (!send_all(reader.socket,
                  greeting(target_, k_no_inbox) + subscribe_request(target_, stream_, which)))
        lose(reader, "cannot send a request");
}

void LiveReaders::read_from(std::size_t which, Received const& received) {
    auto& reader = readers_[which];
    if (reader.state == State::lost) return;
    auto const got = recv(reader.socket, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return lose(reader, "the server ended it");
    std::string_view const fresh(buffer_.data(), static_cast<std::size_t>(got));
    auto const now = LoadClock::now();
    reader.scanner.scan(fresh, message_size_, [&](std::uint64_t number) {
        if (number <= reader.last) {
            ++repeated_;
            return;
        }
        skipped_ += number - reader.last - 1;
        reader.last = number;
        received(number, now);
    });
    if (talks_ || reader.state == State::asking) stay(reader, fresh);
}

void LiveReaders::stay(Reader& reader, std::string_view fresh) {
    auto const answer = stay_subscribed(target_, stream_, reader.memory, fresh);
    if (!answer.empty() && !send_all(reader.socket, answer)) return lose(reader, "cannot send");
    if (reader.state != State::asking) return;
    if (reader.memory.begun) {
        reader.state = State::live;
        ++begun_;
    } else {
        first_words_ = fresh.substr(0, 300);
    }
}

void LiveReaders::lose(Reader& reader, std::string const& why) {
    if (reader.state == State::live) --begun_;
    if (lost_++ == 0) std::cerr << "a reader was lost: " << why << std::endl;
    reader.state = State::lost;
    if (reader.socket >= 0) ::close(reader.socket);
    reader.socket = -1;
}

std::size_t reach_all(LiveReaders& readers, Writer& writer, std::uint64_t number, std::size_t size,
                      std::chrono::seconds patience,
                      std::function<void(std::chrono::nanoseconds late)> const& received) {
    std::size_t have = 0;
    auto const sent = writer.append(numbered_message(number, size));
    readers.poll_until(
        sent + patience, [&] { return have >= readers.alive(); },
        [&](std::uint64_t which, LoadClock::time_point when) {
            if (which != number) return;
            ++have;
            received(when - sent);
        });
    return readers.alive() - std::min(have, readers.alive());
}

} // namespace ds
