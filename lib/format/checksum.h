// XXH3 checksums: they find damage, and are no defence against somebody who forges bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ds {

std::uint64_t checksum_64(std::string_view bytes);
std::uint64_t checksum_64(std::string_view bytes, std::uint64_t seed);

// 16 bytes, in the canonical order: the highest first.
std::string checksum_128(std::string_view bytes);

} // namespace ds
