// What the messages of a load test say: when each was written, and as which of its stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

struct Mark {
    double written_ms = 0;    // since 1970, by the writer's clock
    std::uint64_t number = 0; // 0, 1, 2 ... in its stream
};

// {"t":1795690607770.125,"seq":7,"s":3,"d":"xxx"}, about so many bytes long.
std::string marked_message(Mark const& mark, std::uint64_t stream, std::uint64_t bytes);

// What a stream holds when its writer has ended.
struct StreamEnd {
    std::uint64_t messages = 0;
    double last_written_ms = 0; // when its last message was written, by the writer's clock
};

// Takes the next message's mark off a body, an array of such messages; messages of others are
// passed over. Empty when there is no further one, or none that is whole.
std::optional<Mark> take_mark(std::string_view& body);

// The text or number that stands under this name in flat JSON: "\"streamCursor\"" -> "12".
std::string_view json_field(std::string_view json, std::string_view quoted_name);

} // namespace ds
