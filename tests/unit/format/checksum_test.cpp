// Checksums are those of XXH3, in canonical order.
#include "base/encoding.h"
#include "format/big_endian.h"
#include "format/checksum.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace ds {

TEST_CASE("checksum: the values of XXH3") {
    std::string bytes;
    put_big_endian(bytes, checksum_64(""));
    CHECK(hex_encode(bytes) == "2d06800538d394c2");
    CHECK(hex_encode(checksum_128("")) == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("big endian: the highest byte comes first") {
    std::string bytes;
    put_big_endian(bytes, std::uint8_t{0xab});
    put_big_endian(bytes, std::uint32_t{0x01020304});
    put_big_endian(bytes, std::uint64_t{0xfffefdfcfbfaf9f8});
    CHECK(hex_encode(bytes) == "ab01020304fffefdfcfbfaf9f8");
    std::string_view const view = bytes;
    CHECK(big_endian<std::uint8_t>(view) == 0xab);
    CHECK(big_endian<std::uint32_t>(view.substr(1)) == 0x01020304);
    CHECK(big_endian<std::uint64_t>(view.substr(5)) == 0xfffefdfcfbfaf9f8);
}

} // namespace ds
