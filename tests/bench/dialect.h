// How each kind of server is spoken to: the bytes of its requests, and where its answers end.
//
// A load holds sockets and buffers; a dialect is pure text work, so that one loop drives a Durable
// Streams server, nginx with nchan, Redis streams and NATS JetStream alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

enum class Dialect : std::uint8_t { durable_streams, nchan, redis, nats };
// From "ds", "nchan", "redis", "nats"; ends the program for any other word.
Dialect dialect_named(std::string_view word);
std::string_view name_of(Dialect dialect);

struct Target {
    std::uint16_t port = 0;
    Dialect dialect = Dialect::durable_streams;
    std::string base = "/v1/stream/"; // before the name of a stream, in a path
    std::string token;                // which each request over HTTP carries, if any
};
// Of HTTP: the header lines that say so.
std::string credentials_of(Target const& target);

// An idempotent append: who sends it, and as which one.
struct ProducerMark {
    std::string id;
    std::uint64_t sequence = 0;
};

// What a new connection sends before anything else; often nothing. `connection` tells apart those
// that need an inbox of their own for answers; a reader needs none.
inline constexpr std::size_t k_no_inbox = static_cast<std::size_t>(-1);
std::string greeting(Target const& target, std::size_t connection);
// Makes a stream exist; empty where the first append does that. Answered on `connection`.
std::string create_request(Target const& target, std::string_view stream,
                           std::string_view content_type, std::size_t connection = 0);
std::string append_request(Target const& target, std::string_view stream,
                           std::string_view content_type, std::string_view body,
                           std::size_t connection,
                           std::optional<ProducerMark> const& producer = std::nullopt);

// The answer that `arrived` begins with.
struct FirstAnswer {
    std::size_t bytes = 0;  // that it takes; 0 while some of it has yet to come
    bool accepted = false;  // created, appended
    bool counts = true;     // false: chatter (a greeting, a ping) that answers no request
    int status = 0;         // of HTTP; 0 elsewhere
    std::string_view head;  // of HTTP: status line and header lines
    std::string_view body;  // whole, without its framing when it has a Content-Length
    std::string_view reply; // to be sent back at once
};
FirstAnswer first_answer(Target const& target, std::string_view arrived);
// The value of a header line, or nothing; names are compared without regard to case.
std::optional<std::string_view> header_value(std::string_view head, std::string_view name);

// A reader that follows `stream` live from its end on; sent after greeting(target, k_no_inbox).
std::string subscribe_request(Target const& target, std::string_view stream,
                              std::size_t connection);
// What has to be sent back for `fresh` to stay subscribed (an answer to a ping, the next blocking
// read); `memory` is the reader's own and keeps what a later call needs. `begun` turns true as soon
// as the server is known to have taken the reader in.
struct SubscriberMemory {
    std::string kept;
    bool begun = false;
};
std::string stay_subscribed(Target const& target, std::string_view stream, SubscriberMemory& memory,
                            std::string_view fresh);

} // namespace ds
