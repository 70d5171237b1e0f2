// The idempotent producer rule: may this numbered append enter the log? (Protocol section 5.2.1)
#pragma once

#include "base/result.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ds {

// The last append of a producer that a stream accepted.
struct ProducerMark {
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;
    friend bool operator==(ProducerMark, ProducerMark) = default;
};

// What an append says of itself.
struct ProducerClaim {
    std::string id;
    ProducerMark mark;
    friend bool operator==(ProducerClaim const&, ProducerClaim const&) = default;
};

struct Admit {};
struct AlreadyHave {
    ProducerMark highest; // what the stream has accepted from this producer
};
struct StaleEpoch {
    std::uint64_t current_epoch;
};
struct EpochMustStartAtZero {};
struct SequenceGap {
    std::uint64_t expected;
    std::uint64_t received;
};
using ProducerVerdict =
    std::variant<Admit, AlreadyHave, StaleEpoch, EpochMustStartAtZero, SequenceGap>;

// `known` is empty for a producer this stream has not seen: then any epoch may begin, at sequence
// 0; another sequence is a gap that expects 0.
ProducerVerdict judge_producer(std::optional<ProducerMark> known, ProducerMark claim);

// 1..256 bytes of printable ASCII (space excluded). Wider than the reference system's set, because
// protocol 5.2.1 only asks for a non-empty string.
bool is_producer_id(std::string_view id);

// A producer whose id begins so writes once, or again within an hour: it is not remembered for
// longer. So that whoever makes a new id for each run leaves nothing behind.
inline constexpr std::string_view k_once_prefix = "once-";
inline constexpr std::chrono::hours k_once_remembered{1};
// How long a stream remembers a producer that is silent.
inline std::chrono::milliseconds remembered_for(std::string_view id,
                                                std::chrono::milliseconds retention) {
    if (!id.starts_with(k_once_prefix)) return retention;
    return std::min<std::chrono::milliseconds>(retention, k_once_remembered);
}

} // namespace ds
