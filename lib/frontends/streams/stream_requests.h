// HTTP to asks and reads: headers, query and body of a stream request, checked and typed.
// (Protocol sections 4.2, 5.1 to 5.8)
#pragma once

#include "frontends/streams/http_names.h"
#include "model/ask.h"
#include "model/offset.h"

#include <cstdint>
#include <optional>
#include <variant>

namespace ds::streams {

enum class Live : std::uint8_t { no, long_poll, sse };

// What a GET asks for.
struct ReadQuery {
    ReadFrom from = FromStart{};
    Live live = Live::no;
    std::optional<std::uint64_t> cursor;
    std::uint64_t limit = 0; // messages; 0 when not given
    std::uint64_t last = 0;  // where `from` is the start: begin so many messages before the tail
};

// The value of ?rk=, if there is one.
std::optional<std::string> reader_key_in(std::string_view query);

// Each gives the typed request, or the response that says what is wrong with it.
std::variant<ReadQuery, Response> read_query(std::string_view query);
// Both move the body out of the request.
std::variant<Ask, Response> create_ask(Request& request, StreamName name);
std::variant<Ask, Response> append_ask(Request& request, StreamName name);

} // namespace ds::streams
