// What a server must do, as a small model in memory: streams as lists of messages, and the rules of
// the protocol that change them. Shares no code with the server. (Protocol sections 4.2, 5.1
// to 5.6)
//
// Positions are absolute: bytes, or messages in JSON mode. The model spells each as the token that
// the server must use: segments of `segment_messages` or `segment_bytes`, counted anew in each
// fork.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ds {

struct ProducerTuple {
    std::string id;
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;
    friend auto operator<=>(ProducerTuple const&, ProducerTuple const&) = default;
};

// A request body, and the messages it holds. `broken` JSON holds none.
struct ModelBody {
    std::string bytes{};
    std::vector<std::string> messages{};
    bool broken = false;
};

// One request. Names are "project/stream".
struct Operation {
    enum class Kind { put, post, get, head, remove };
    Kind kind = Kind::get;
    std::string name{};
    std::optional<std::string> content_type{};
    ModelBody body{};
    bool close = false;
    std::string ttl{};     // of a PUT; empty: none
    std::string expires{}; // of a PUT; empty: none
    std::optional<std::string> fork_from{};
    std::optional<std::string> fork_offset{};
    std::optional<std::string> fork_sub_offset{};
    std::optional<ProducerTuple> producer{};
    std::optional<std::string> stream_seq{};
    std::optional<std::string> offset{}; // of a GET
    std::uint64_t from = 0;              // the position where the answer must begin
    bool beyond = false;                 // `offset` lies beyond the tail
    std::uint64_t limit = 0;             // of a GET; 0: none
    bool long_poll = false;
    std::vector<std::pair<std::string, std::string>> extra_headers{};
    // A request that is wrong by itself: it must be refused and change nothing.
    bool malformed = false;
    int malformed_status = 400;
    std::string malformed_code{}; // empty: any
};

// What must come back. Headers are in lower case; "" means that the header must be absent.
struct Expectation {
    int status = 0;
    std::string code{};                  // of the error; empty: any
    std::optional<std::uint64_t> next{}; // the position that Stream-Next-Offset names
    std::map<std::string, std::string> headers{};
};

struct ModelLimits {
    std::uint64_t segment_messages = 1000;
    std::uint64_t segment_bytes = 4'194'304;
};

struct ModelStream {
    std::string content_type;
    bool json = false;
    std::string ttl;
    std::string expires;
    bool closed = false;
    bool soft_deleted = false;
    std::uint64_t generation = 0; // never reused
    std::vector<std::string> messages;
    std::vector<std::uint64_t> ends;        // position after each message
    std::set<std::uint64_t> append_ends;    // position after each append
    std::vector<std::uint64_t> segments{0}; // where each segment starts
    std::uint64_t first_segment = 0;        // number of the first of them
    std::uint64_t open_messages = 0;        // in the open segment
    std::uint64_t open_bytes = 0;
    std::map<std::string, ProducerTuple> producers; // the highest accepted, by id
    std::optional<std::string> stream_seq;
    std::optional<ProducerTuple> closer;
    std::string source; // of a fork, else empty
    std::optional<std::string> fork_offset;
    std::uint64_t fork_point = 0;
    std::uint64_t fork_sub_offset = 0;
    int forks = 0;
    std::map<std::uint64_t, std::string> tokens; // every token the server has named, by position

    std::uint64_t tail() const { return ends.empty() ? 0 : ends.back(); }
    std::string spell(std::uint64_t position) const;
    // Where a token points; empty for one that was never handed out or is past the tail.
    std::optional<std::uint64_t> resolve(std::string const& token) const;
    // Where the message begins that holds a position before the tail.
    std::uint64_t message_at(std::uint64_t position) const;
    // What a read of [from, to) gives, and of how many messages it is made.
    std::string text(std::uint64_t from, std::uint64_t to) const;
    std::uint64_t count(std::uint64_t from, std::uint64_t to) const;
    void append(std::vector<std::string> const& added, ModelLimits const& limits);
};

// An Expires-At that lies in the past.
inline constexpr char const* k_past_instant = "2001-02-03T04:05:06Z";

class Model {
public:
    explicit Model(ModelLimits limits) : limits_(limits) {}
    // For what is appended from now on: a server may be restarted with others.
    void set_limits(ModelLimits limits) { limits_ = limits; }

    // Null when absent.
    ModelStream* find(std::string const& name);
    // Does what the server must do, and says what it must answer.
    Expectation put(Operation const& ask);
    Expectation post(Operation const& ask);
    Expectation remove(Operation const& ask);
    std::map<std::string, ModelStream> const& streams() const { return streams_; }

private:
    Expectation put_existing(ModelStream const& stream, Operation const& ask) const;
    std::optional<Expectation> fork(ModelStream& into, Operation const& ask);
    void note_end(std::string const& name, ModelStream const& stream);
    Expectation post_open(ModelStream& stream, Operation const& ask);

    ModelLimits limits_;
    std::map<std::string, ModelStream> streams_;
    std::map<std::string, std::uint64_t> next_segments_; // after those of streams that have ended
    std::uint64_t generations_ = 0;
};

std::string spell_token(std::uint64_t segment, std::uint64_t position);
// "application/json; charset=utf-8" is "application/json".
std::string type_essence(std::string const& content_type);
// The two spellings of an instant that the tests use are one.
std::string same_instant(std::string expires);

} // namespace ds
