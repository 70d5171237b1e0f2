// One connection of a load test: a request goes out, its reply is handed on as it arrives. Over TCP
// or TLS; very many of them live on one event loop.
//
// All calls come from the loop's thread. A connection that can go on after a reply is kept for the
// next request; one that cannot is made again by it.
#pragma once

#include "loadtest/endpoint.h"

#include <boost/asio/io_context.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace ds {

// What a load test wants to know of a reply's head.
struct ReplyHead {
    int status = 0;
    std::string next_offset;
    std::string cursor;
    std::string reader_key;
    std::optional<std::int64_t> write_timestamp_ms;
    bool closed = false;
    // Headers that say whether a cache answered, by their names in lower case, and from where.
    std::vector<std::pair<std::string_view, std::string>> caches;
    std::string pop;
};

// Who gets a reply. A request that fails ends with its cause, in a few words that are the same for
// all that fail alike: "connect: Connection refused", "the server closed the connection".
class ReplyTaker {
public:
    virtual ~ReplyTaker() = default;
    virtual void on_head(ReplyHead const& head) = 0;
    virtual void on_body(std::string_view bytes) = 0;
    virtual void on_end() = 0;
    virtual void on_failure(std::string cause) = 0;
};

// What the connections of one thread share.
struct WireLoop {
    // `ca_file`: of authorities that are believed besides those of the system, or empty.
    WireLoop(std::string the_cache_header, std::string const& ca_file);
    ~WireLoop();
    WireLoop(WireLoop const&) = delete;
    WireLoop& operator=(WireLoop const&) = delete;

    boost::asio::io_context io{1};
    std::unique_ptr<boost::asio::ssl::context> tls;
    std::string cache_header; // in lower case; may be empty
    std::array<char, std::size_t{64} * 1024> buffer;
};

class Wire {
public:
    // All three must outlive it.
    Wire(WireLoop& loop, Endpoint const& endpoint, ReplyTaker& taker);
    ~Wire();
    Wire(Wire const&) = delete;
    Wire& operator=(Wire const&) = delete;

    // A whole request. There is no request under way. `is_head`: its reply has no body.
    void send(std::string request, bool is_head = false);
    // Ends what is under way, without a word to the taker.
    void close();
    bool is_open() const;

private:
    class Session;
    WireLoop& loop_;
    Endpoint const& endpoint_;
    ReplyTaker& taker_;
    std::shared_ptr<Session> session_;
};

} // namespace ds
