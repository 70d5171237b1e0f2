// Many SSE readers of one stream on one thread, and when each of them received which message.
//
// Messages are JSON objects that begin with {"n":<number>, so that a reader can tell them apart
// without parsing events. The frames themselves are the unit and HTTP tests' business.
#pragma once

#include "bench/load.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ds {

std::string numbered_message(std::uint64_t number, std::size_t size);

class SseReaders {
public:
    explicit SseReaders(std::uint16_t port) : port_(port) {}
    ~SseReaders();
    SseReaders(SseReaders const&) = delete;
    SseReaders& operator=(SseReaders const&) = delete;

    // Opens so many and waits until each has had its first control event. Ends the program on
    // failure.
    void open(std::string const& stream, std::size_t count);
    // Handles what has arrived, waiting for it at most so long: `received` is called once for each
    // message at each reader.
    void poll(std::chrono::milliseconds patience,
              std::function<void(std::uint64_t number)> const& received);
    // Readers that the server has ended.
    std::size_t lost() const { return lost_; }
    void close_all();

private:
    struct Reader {
        int socket = -1;
        bool begun = false;
        std::string tail; // the end of what came last, in case it holds half of a mark
    };
    void connect_some(std::size_t wanted, std::string const& request);
    void read_from(std::size_t which, std::function<void(std::uint64_t)> const& received);
    void scan(Reader& reader, std::string_view fresh,
              std::function<void(std::uint64_t)> const& received);

    std::uint16_t port_;
    int epoll_ = -1;
    std::vector<Reader> readers_;
    std::size_t begun_ = 0;
    std::size_t lost_ = 0;
};

} // namespace ds
