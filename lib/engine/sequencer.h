// What may enter a stream, decided by pure functions. (Protocol sections 4.1, 4.2, 5.1, 5.2, 5.2.1)
//
// Order of judgement for an append; the first that applies is the answer:
//     closed (unless it is the retry of the append that closed it, or only closes) · content type ·
//     producer · Stream-Seq · empty body · what is wrong with the JSON
#pragma once

#include "engine/head.h"
#include "model/answer.h"
#include "model/ask.h"

#include <optional>
#include <string_view>
#include <variant>

namespace ds {

// What the sequencer needs to know of a stream, as it stands after everything staged before this
// ask.
struct AppendContext {
    std::string_view content_type;
    Head const& head;
    std::optional<ProducerMark> known;            // of the producer that asks
    std::optional<ProducerClaim> const& closer;   // who closed the stream
    std::optional<std::string> const& stream_seq; // the largest accepted
};

// The append enters the log as it is. (A close without data is a row without messages.)
struct Enter {};
using AppendVerdict = std::variant<Enter, Appended, Duplicate, Refused>;

AppendVerdict judge_append(AppendContext const& stream, Append const& ask);

// A PUT on a name that is taken: Created{existed} when the configuration is the same, else why not.
struct ExistingStream {
    StreamFacts const& facts;
    std::optional<std::string_view> forked_from; // full name of the source
    std::optional<Offset> fork_asked_at;
    Offset fork_at;
    std::uint64_t fork_sub_offset = 0;
    Lifetime source_lifetime;
    Exposure exposure{};
};
std::variant<Created, Refused> judge_existing(ExistingStream const& stream, Create const& ask);

// The refusal that a producer's verdict means, if it means one.
std::optional<Refused> refusal_of(ProducerVerdict const& verdict);

} // namespace ds
