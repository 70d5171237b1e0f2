// The checksum in a row of the hot log: damage on the disk is found before a row is served or
// moved.
//
//     sum of a row      upper half: of its head, and of whose and which row it is
//                       lower half: of its body; 0 when it refers to a body that rows share
//     sum of a payload  of its body, and of its id
//
// A start reads heads and no bodies, so each half holds by itself. Rows from before there were sums
// have none.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ds {

struct RowLabel {
    std::int64_t seq = 0;
    std::int64_t stream = 0;
    std::optional<std::int64_t> payload{};
};

std::int64_t sum_of_row(RowLabel const& row, std::string_view head, std::string_view body);
std::int64_t sum_of_payload(std::int64_t id, std::string_view body);
bool head_holds(std::int64_t sum, RowLabel const& row, std::string_view head);
bool body_holds(std::int64_t sum, RowLabel const& row, std::string_view body);

// Fault::corrupt, of a row whose sum does not hold.
Error damaged_row(std::int64_t seq);

} // namespace ds
