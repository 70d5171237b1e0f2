// The only file that sees xxHash.
#include "format/checksum.h"

#include "format/big_endian.h"

#include <xxhash.h>

namespace ds {

std::uint64_t checksum_64(std::string_view bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint64_t checksum_64(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string checksum_128(std::string_view bytes) {
    auto const hash = XXH3_128bits(bytes.data(), bytes.size());
    std::string text;
    put_big_endian(text, hash.high64);
    put_big_endian(text, hash.low64);
    return text;
}

} // namespace ds
