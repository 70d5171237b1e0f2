// Readers that ask for one answer at a time, catch-up reads and long-polls, on one epoll loop.
//
// Answers may be of any size and framing: a server may send its whole history at once, in chunks or
// with a length. Bodies pass by in pieces and are never kept.
#pragma once

#include "bench/dialect.h"
#include "bench/load.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

// Finds where an HTTP answer ends in bytes that come in pieces.
class AnswerReader {
public:
    using Body = std::function<void(std::string_view piece)>;

    // Makes ready for the next answer.
    void begin();
    // Takes bytes up to the end of the answer and returns how many those were; `body` may be empty.
    std::size_t take(std::string_view fresh, Body const& body);
    // The connection has ended: true if that is how this answer ends.
    bool end_of_connection();

    bool untouched() const { return head_.empty(); }
    bool whole() const { return state_ == State::whole; }
    // What came was not HTTP.
    bool broken() const { return state_ == State::broken; }
    int status() const { return status_; }
    std::string_view head() const { return head_; }
    std::uint64_t body_bytes() const { return body_bytes_; }
    // The server closes the connection after this answer.
    bool closes() const { return closes_; }

private:
    enum class State : std::uint8_t {
        head,
        body,       // of known length
        chunk_size, // the line before a chunk
        chunk,
        chunk_end, // the line end after a chunk
        trailer,
        until_close,
        whole,
        broken
    };
    std::size_t take_head(std::string_view fresh);
    std::size_t take_body(std::string_view fresh, Body const& body);
    void take_line_byte(char byte);
    void read_head();

    State state_ = State::head;
    int status_ = 0;
    bool closes_ = false;
    std::string head_;
    std::string line_; // of the framing of chunks
    std::uint64_t left_ = 0;
    std::uint64_t body_bytes_ = 0;
};

class HttpReaders {
public:
    struct Events {
        std::function<void(std::size_t which, std::string_view piece)> body{}; // may be empty
        std::function<void(std::size_t which, AnswerReader const& answer,
                           LoadClock::time_point now)>
            answered;
    };

    HttpReaders(Target target, std::size_t count);
    ~HttpReaders();
    HttpReaders(HttpReaders const&) = delete;
    HttpReaders& operator=(HttpReaders const&) = delete;

    // Connects all; ends the program when that takes longer than a minute.
    void open();
    // Sends a request; the reader must not be waiting for an answer. One whose connection the
    // server has closed between two answers, as HTTP allows, connects again.
    void ask(std::size_t which, std::string_view request);
    LoadClock::time_point asked_at(std::size_t which) const { return readers_[which].asked; }
    // Handles what has arrived, waiting for it at most so long.
    void poll(std::chrono::milliseconds patience, Events const& events);
    // The same until `done` says so; ends the program when nothing has arrived for so long.
    void poll_until(std::function<bool()> const& done, Events const& events,
                    std::chrono::seconds silence = std::chrono::seconds(60));
    // One answer with its body, by reader 0.
    struct Fetched {
        int status = 0;
        std::string head;
        std::string body;
    };
    Fetched fetch(std::string_view request);

    std::size_t size() const { return readers_.size(); }
    std::uint64_t reconnects() const { return reconnects_; }

private:
    struct Reader {
        int socket = -1;
        bool connected = false;
        bool waiting = false;
        std::uint8_t tries = 0;
        std::string request;
        std::size_t sent = 0; // bytes of the request
        LoadClock::time_point asked;
        AnswerReader answer;
    };
    void connect(std::size_t which);
    void connect_some();
    void send_some(std::size_t which);
    void become_connected(std::size_t which);
    void read_from(std::size_t which, Events const& events);
    void take(std::size_t which, std::string_view fresh, Events const& events);
    void finish(std::size_t which, Events const& events, LoadClock::time_point now);
    void closed_by_server(std::size_t which, Events const& events);
    void close(Reader& reader);

    Target target_;
    int epoll_;
    std::vector<Reader> readers_;
    std::vector<char> buffer_;
    std::size_t connecting_ = 0;
    std::size_t begun_ = 0; // of open()
    std::uint64_t reconnects_ = 0;
    LoadClock::time_point last_bytes_;
};

// A GET of a stream: `query` with its question mark, `headers` whole lines or empty.
std::string read_request(Target const& target, std::string_view stream, std::string_view query,
                         std::string_view headers = "");
// A value in a query, percent-encoded: offsets are opaque.
std::string encode_value(std::string_view value);
// The value of a header that must be there; ends the program when it is not.
std::string_view needed_header(std::string_view head, std::string_view name);

} // namespace ds
