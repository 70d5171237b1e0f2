// Many live readers of one stream on one epoll loop, the connection that appends to that stream,
// and when each reader has received which message.
//
// Messages are numbered, so that a reader tells them apart in whatever frames they come: SSE
// events, chunks, RESP arrays. The frames themselves are the unit and HTTP tests' business.
#pragma once

#include "bench/dialect.h"
#include "bench/load.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

inline constexpr std::string_view k_mark = "{\"n\":";

// {"n":<number>,"t":"xxx"} of so many bytes, or of the few more that the number needs.
std::string numbered_message(std::uint64_t number, std::size_t size);
// --prefix, the measure, and a part that no earlier run has used: a server may be measured twice.
std::string fresh_name(Arguments const& arguments, std::string_view measure);

// Finds the numbered messages in bytes that come in pieces, wherever these are cut.
class MarkScanner {
public:
    // Calls found(number) for each message whose last byte has come; `size` is what all messages
    // were made with.
    template <class Found>
    void scan(std::string_view fresh, std::size_t size, Found const& found);

private:
    // The next byte of what may turn out to be a mark and a number.
    void take(char byte, std::size_t size);

    std::uint64_t number_ = 0;
    std::uint64_t left_ = 0;   // bytes of a message whose number is known
    std::uint8_t matched_ = 0; // bytes of the mark
    std::uint8_t digits_ = 0;
};

// The connection that appends. Answers are counted, and a refusal is an error; nothing waits for
// them, so that a slow answer does not keep the next message from being sent. A server may close
// the connection while nothing is under way: then there is a new one.
class Writer {
public:
    Writer(Target target, std::string stream, std::size_t connection);
    ~Writer();
    Writer(Writer const&) = delete;
    Writer& operator=(Writer const&) = delete;

    // Makes the stream exist and waits for it; ends the program when that is refused.
    void create();
    // Returns the instant just before the bytes were handed over.
    LoadClock::time_point append(std::string_view body);
    // Sends what could not be sent before, takes the answers that have come.
    void proceed();

    int socket() const { return socket_; }
    bool blocked() const { return !unsent_.empty(); }
    std::uint64_t unanswered() const { return asked_ - answered_; }
    std::uint64_t errors() const { return errors_; }

private:
    void send_some();
    void take_answers();
    void closed_by_server();

    Target target_;
    std::string stream_;
    std::size_t connection_;
    int socket_;
    std::string unsent_;
    std::string arrived_;
    std::uint64_t asked_ = 0;
    std::uint64_t answered_ = 0;
    std::uint64_t errors_ = 0;
};

class LiveReaders {
public:
    using Received = std::function<void(std::uint64_t number, LoadClock::time_point when)>;

    // `writer` is served by the same loop.
    LiveReaders(Target target, std::string stream, std::size_t message_size, Writer& writer);
    ~LiveReaders();
    LiveReaders(LiveReaders const&) = delete;
    LiveReaders& operator=(LiveReaders const&) = delete;

    // Opens so many and waits until the server is known to have taken in each of them; ends the
    // program when that takes longer than `patience`.
    void open(std::size_t count, std::chrono::seconds patience = std::chrono::seconds(60));
    // Handles what has arrived, waiting for it at most so long: `received` is called once for each
    // message at each reader.
    void poll(std::chrono::milliseconds patience, Received const& received);
    // The same until `done` says so, at most until `end`; false then.
    bool poll_until(LoadClock::time_point end, std::function<bool()> const& done,
                    Received const& received);

    std::size_t alive() const { return readers_.size() - lost_; }
    // Refused, or ended by the server.
    std::size_t lost() const { return lost_; }
    // Messages that a reader received although it had that one, or a later one, already.
    std::uint64_t repeated() const { return repeated_; }
    // Messages that a reader did not receive although it has a later one: they are numbered from 1.
    std::uint64_t skipped() const { return skipped_; }

private:
    enum class State : std::uint8_t { connecting, asking, live, lost };
    struct Reader {
        int socket = -1;
        State state = State::connecting;
        MarkScanner scanner;
        std::uint64_t last = 0; // the highest number received
        SubscriberMemory memory;
    };

    void connect_some(std::size_t count);
    void subscribe(std::size_t which);
    void read_from(std::size_t which, Received const& received);
    void stay(Reader& reader, std::string_view fresh);
    void lose(Reader& reader, std::string const& why);

    Target target_;
    std::string stream_;
    std::size_t message_size_;
    Writer& writer_;
    int writer_socket_ = -1; // of those of the writer, the one that is watched
    int epoll_;
    bool talks_; // staying subscribed takes more than reading
    std::vector<Reader> readers_;
    std::vector<char> buffer_;
    std::string first_words_; // of the last answer that did not begin a subscription
    std::size_t begun_ = 0;
    std::size_t lost_ = 0;
    std::uint64_t repeated_ = 0;
    std::uint64_t skipped_ = 0;
};

// Sends one message to all and waits until each of them has it; how many have not after `patience`.
std::size_t reach_all(LiveReaders& readers, Writer& writer, std::uint64_t number, std::size_t size,
                      std::chrono::seconds patience,
                      std::function<void(std::chrono::nanoseconds late)> const& received);

template <class Found>
void MarkScanner::scan(std::string_view fresh, std::size_t size, Found const& found) {
    while (!fresh.empty()) {
        if (left_ > 0) {
            auto const step = std::min<std::uint64_t>(left_, fresh.size());
            fresh.remove_prefix(step);
            left_ -= step;
            if (left_ == 0) found(number_);
        } else if (matched_ == 0) {
            auto const at = fresh.find(k_mark.front());
            if (at == std::string_view::npos) return;
            fresh.remove_prefix(at + 1);
            matched_ = 1;
        } else {
            take(fresh.front(), size);
            fresh.remove_prefix(1);
        }
    }
}

} // namespace ds
