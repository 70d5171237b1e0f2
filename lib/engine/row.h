// One append as readers hold it: immutable, shared by everybody who is sent it.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace ds {

struct Row {
    std::int64_t seq = 0;     // its number in the lane's log
    std::uint64_t start = 0;  // absolute position of its first message
    std::uint64_t length = 0; // in positions
    std::uint32_t count = 0;  // messages
    std::int64_t time_ms = 0; // when it was appended
    Bytes body;
    std::vector<std::uint32_t> lengths; // of the messages; empty when one message is the whole body
    bool shares_body = false;           // with rows right before it, which are accounted for it
};
using RowPtr = std::shared_ptr<Row const>;

// Where to find a row: what the index in memory holds for each append of the hot log.
struct RowPlace {
    std::uint64_t start = 0;
    std::int64_t seq = 0;
    std::uint32_t bytes = 0;
    std::uint32_t count = 0;
};

// A row of which only what lies before `until` counts: a fork sees its source up to the fork point.
struct Piece {
    RowPlace place;
    std::uint64_t until = UINT64_MAX;
};

} // namespace ds
