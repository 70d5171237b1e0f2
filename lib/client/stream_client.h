// The operations of the protocol against any Durable Streams server. (Protocol section 5)
//
// Each returns what the server said: the answer, or a Denial with its status, code and text. An
// Error means that it said nothing that could be understood; it is Fault::corrupt when no Durable
// Streams server has answered. Nothing is retried here, and no redirect is followed: a write would
// go nowhere, and reads are to say the same. Offsets are opaque text, as the protocol asks of
// clients; they compare as text.
#pragma once

#include "model/producer.h"
#include "model/stream_name.h"
#include "net/fetch.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ds {

// What the headers of an answer tell of a stream.
struct StreamState {
    std::string content_type;
    std::string next_offset;
    bool up_to_date = false;
    bool closed = false;         // reads: and the end has been reached
    std::string earliest_offset; // empty: all is still there
    std::string ttl;             // as the server wrote them, or empty
    std::string expires_at;
};

// What an append has to name: the stream's type, or the default where the server states none.
std::string type_of_appends(StreamState const& state);

// The server understood, and will not do it.
struct Denial {
    int status = 0;
    std::string code;    // "STREAM_NOT_FOUND", or empty when the server names none
    std::string message; // for people; the status in words when the server sends none
    bool stream_closed = false;
    std::optional<std::chrono::milliseconds> retry_after{};
    std::string earliest_offset{}; // of a stream that no longer holds what was asked for
    std::string moved_to{};        // another URL of the server, by a redirect

    // 429, 408 and faults of the server, but for those that stay: the same request may succeed
    // later.
    bool worth_retrying() const;
    // What is stored is gone or damaged, and stays so.
    bool is_damage() const;
};

template <typename Answer>
using Said = std::variant<Answer, Denial>;

struct CreateAnswer {
    StreamState state;
    bool existed = false;
};
// What became of the copies for a stream's subscribers by the time of the answer.
struct Fanout {
    std::uint64_t subscribers = 0;
    std::uint64_t copies = 0; // that are there
};
struct AppendAnswer {
    StreamState state;
    bool duplicate = false;         // the producer's retry of what the stream already has
    std::optional<Fanout> fanout{}; // of what was published
};
struct ReadAnswer {
    StreamState state;
    std::string body;
};
struct RemoveAnswer {};
// A live read that has ended, by either side.
struct LiveAnswer {};

// Header values are sent as they are given; the server judges them.
struct CreateRequest {
    std::optional<std::string> content_type;
    std::optional<std::string> ttl;
    std::optional<std::string> expires_at;
    bool closed = false;
    std::optional<StreamName> fork_from;
    std::optional<std::string> fork_offset;
};

// Each line of the body is a message of its own (an extension; servers without it store the same
// bytes as one message).
enum class Framing { whole, lines };

// Publishing is an append that is told about the copies for subscribers (an extension).
enum class Route { append, publish };

struct AppendRequest {
    std::string content_type;
    std::string_view body; // empty only with `close`
    bool close = false;
    Framing framing = Framing::whole;
    std::optional<ProducerClaim> producer;
    Route route = Route::append;
};

// What a URL begins with that is the path of a socket.
inline constexpr std::string_view k_unix_scheme = "unix:";

class StreamClient {
public:
    // `url` is where the server is, with or without the /v1/stream part, or unix:PATH, its socket;
    // `token` may be empty.
    StreamClient(Fetch& fetch, std::string url, std::string token);

    Result<Said<CreateAnswer>> create(StreamName const& name, CreateRequest const& ask);
    Result<Said<AppendAnswer>> append(StreamName const& name, AppendRequest const& ask);
    Result<Said<AppendAnswer>> close(StreamName const& name);
    Result<Said<StreamState>> head(StreamName const& name);
    // `last`: of "-1", from so many messages before the tail (an extension; servers without it give
    // all); 0 for none.
    Result<Said<ReadAnswer>> read(StreamName const& name, std::string_view offset,
                                  std::uint64_t last = 0);
    Result<Said<RemoveAnswer>> remove(StreamName const& name);
    // SSE from `offset`, until the server ends it or `taker` stops. `taker` sees only a 200's body.
    // `cursor` is the last one the server sent, or empty.
    Result<Said<LiveAnswer>> read_sse(StreamName const& name, std::string_view offset,
                                      std::string_view cursor, BodyTaker& taker);

    // For people: without a password.
    std::string const& url() const { return url_; }
    std::string const& token() const { return token_; }
    // For other routes of the same server: a request as the same asker, and what comes back. A
    // refusal that is not from such a server is an Error.
    FetchRequest request(std::string method, std::string_view path) const;
    Result<FetchReply> exchange(FetchRequest const& request) const;
    // What an error reply to `request` says.
    Denial denial(FetchRequest const& request, FetchReply const& reply) const;
    Error nobody_here() const;

private:
    Result<void> check_speaks(StreamName const& name) const;

    Fetch& fetch_;
    std::string url_;       // as it is told
    std::string base_;      // what the paths are below
    std::string unix_path_; // of the socket; empty: the host of the URL
    std::string token_;
};

// The same URL with *** where it has a password.
std::string without_password(std::string_view url);

bool is_success(FetchReply const& reply);
// What an error reply says; reads both {"code","error"} and {"error":{"code","message"}}.
Denial read_denial(FetchReply const& reply);

} // namespace ds
