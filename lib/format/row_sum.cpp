// Two halves of 32 bits.
#include "format/row_sum.h"

#include "format/checksum.h"

#include <string>

namespace ds {

namespace {

constexpr unsigned k_half = 32;

std::uint32_t half_of_head(RowLabel const& row, std::string_view head) {
    auto seed = static_cast<std::uint64_t>(row.seq) * 0x9e3779b97f4a7c15U ^
                static_cast<std::uint64_t>(row.stream) * 0xff51afd7ed558ccdU;
    if (row.payload) seed ^= static_cast<std::uint64_t>(*row.payload + 1) * 0xc4ceb9fe1a85ec53U;
    return static_cast<std::uint32_t>(checksum_64(head, seed));
}

std::uint32_t half_of_body(RowLabel const& row, std::string_view body) {
    return row.payload ? 0 : static_cast<std::uint32_t>(checksum_64(body));
}

} // namespace

std::int64_t sum_of_row(RowLabel const& row, std::string_view head, std::string_view body) {
    return static_cast<std::int64_t>(std::uint64_t{half_of_head(row, head)} << k_half |
                                     half_of_body(row, body));
}

std::int64_t sum_of_payload(std::int64_t id, std::string_view body) {
    return static_cast<std::int64_t>(checksum_64(body, static_cast<std::uint64_t>(id)));
}

bool head_holds(std::int64_t sum, RowLabel const& row, std::string_view head) {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(sum) >> k_half) ==
           half_of_head(row, head);
}

bool body_holds(std::int64_t sum, RowLabel const& row, std::string_view body) {
    return static_cast<std::uint32_t>(sum) == half_of_body(row, body);
}

Error damaged_row(std::int64_t seq) {
    return {Fault::corrupt, "row " + std::to_string(seq) +
                                " of the hot log is damaged: its checksum does not hold"};
}

} // namespace ds
