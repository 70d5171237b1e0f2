// The idempotent producer rule, case by case.
#include "model/producer.h"

#include <algorithm>
#include <cstddef>

namespace ds {

ProducerVerdict judge_producer(std::optional<ProducerMark> known, ProducerMark claim) {
    if (!known) {
        if (claim.sequence == 0) return Admit{};
        return SequenceGap{.expected = 0, .received = claim.sequence};
    }
    if (claim.epoch < known->epoch) return StaleEpoch{known->epoch};
    if (claim.epoch > known->epoch) {
        if (claim.sequence == 0) return Admit{};
        return EpochMustStartAtZero{};
    }
    if (claim.sequence <= known->sequence) return AlreadyHave{*known};
    auto const expected = known->sequence + 1;
    if (claim.sequence == expected) return Admit{};
    return SequenceGap{.expected = expected, .received = claim.sequence};
}

bool is_producer_id(std::string_view id) {
    constexpr std::size_t k_bytes_max = 256;
    return !id.empty() && id.size() <= k_bytes_max &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~'; });
}

} // namespace ds
