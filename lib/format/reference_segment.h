// Segments as the hosted reference system keeps them: messages one after another, nothing else.
//
//     object := frame, frame, ..
//     frame  := length u32, big-endian | message
//     key    := "stream/" base64url of project/stream, not padded "/segment-" number ".seg"
//
// There is no header, no checksum and no index: what is cut between two frames goes unnoticed.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

// The reference system writes no longer message.
inline constexpr std::size_t k_reference_message_max = 64 * k_mib;

// The messages of an object, in order; they lie where its bytes lie.
class ReferenceMessages {
public:
    explicit ReferenceMessages(std::string_view object) : left_(object) {}

    // Empty at the end. Fault::truncated when a frame is cut off, Fault::corrupt when one is longer
    // than a message may be.
    Result<std::optional<std::string_view>> next();

private:
    std::string_view left_;
};

struct ReferenceKey {
    std::string name; // project/stream, as that system has it: our rules need not hold
    std::uint64_t number = 0;
    friend bool operator==(ReferenceKey const&, ReferenceKey const&) = default;
};
std::string reference_segment_key(ReferenceKey const& key);
// Empty when it is no key of that system.
std::optional<ReferenceKey> parse_reference_segment_key(std::string_view key);

} // namespace ds
