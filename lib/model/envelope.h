// Envelopes: what an estuary gets of a source when it is to know whose message that was.
//
//     {"stream":"<source>","offset":"<token>","type":"data","payload":"<text>"}
//     {"stream":"<source>","offset":"<token>","type":"data","payload":"<base64>",
//      "encoding":"base64"}
//     {"stream":"<source>","offset":"<token>","type":"notify"}
//
// One for each message. `stream` is the source's name within the project. `offset` is the place
// after the message: who has it goes on from there, and what is acknowledged is this. A payload is
// the text of the message, also of a JSON message; bytes that are not UTF-8 are base64. `notify`
// stands for a message that is larger than the subscription wants: it is read at the source.
//
// What one append becomes has a bound. An append whose envelopes would be larger is announced as a
// whole: one `notify`, whose offset is the place after the last of its messages.
#pragma once

#include "base/bytes.h"
#include "model/content.h"
#include "model/offset.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ds {

// An append of a source.
struct Enclosed {
    std::string_view source; // its name within the project
    bool json = false;       // messages are joined by commas, and count as one
    std::string_view body;
    std::uint32_t count = 0;
    std::vector<std::uint32_t> const& lengths; // empty: one message
    Offset at;                                 // of the first message
    Offset next;                               // after the last one
};

// The envelopes of an append together are not larger than this.
inline constexpr std::size_t k_enclosed_max = 16 * k_mib;
// The same where some of its messages are only announced: subscribers with different thresholds
// cannot share such envelopes, so that each subscriber may have its own.
inline constexpr std::size_t k_partly_enclosed_max = 256 * k_kib;

// As messages of a JSON stream. `notify_above` as in CopyForm. It takes no more time and memory
// than the largest result does.
Messages enclose(Enclosed const& append, std::uint64_t notify_above);
// One envelope that tells of everything up to `next`, and has no payload.
Messages announce(std::string_view source, Offset next);

} // namespace ds
