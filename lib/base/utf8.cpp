// Sequences of UTF-8: whole, cut off, or none.
#include "base/utf8.h"

#include "base/encoding.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace ds {

namespace {

std::uint8_t octet_of(char c) {
    return static_cast<std::uint8_t>(c);
}

// What stands at the start of `bytes`: how many bytes its first one announces (0: it begins no
// character), and how many of them are there and well-formed. The bounds of the second byte shut
// out overlong forms, surrogates and everything above U+10FFFF. (Unicode, table 3-7)
struct Utf8Sequence {
    std::size_t announced = 0;
    std::size_t there = 0;
    bool is_whole() const { return announced > 0 && there == announced; }
};
Utf8Sequence utf8_sequence(std::string_view bytes) {
    auto const first = octet_of(bytes[0]);
    if (first < 0x80) return {1, 1};
    if (first < 0xc2 || first > 0xf4) return {};
    Utf8Sequence found{first < 0xe0 ? 2U : first < 0xf0 ? 3U : 4U, 1};
    std::uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    std::uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    auto const end = std::min(found.announced, bytes.size());
    for (; found.there < end; ++found.there, least = 0x80, most = 0xbf)
        if (octet_of(bytes[found.there]) < least || octet_of(bytes[found.there]) > most) break;
    return found;
}

// How many bytes at the start of `bytes` are well-formed: all of them, or up to the first that is
// not.
std::size_t utf8_prefix(std::string_view bytes) {
    constexpr std::uint64_t k_high_bits = 0x8080808080808080U;
    std::size_t at = 0;
    while (at < bytes.size()) {
        // Most text is ASCII: eight bytes at a time while none of them has its high bit set.
        std::uint64_t eight = 0;
        while (bytes.size() - at >= sizeof eight) {
            std::memcpy(&eight, bytes.data() + at, sizeof eight);
            if ((eight & k_high_bits) != 0) break;
            at += sizeof eight;
        }
        if (at == bytes.size()) break;
        auto const sequence = utf8_sequence(bytes.substr(at));
        if (!sequence.is_whole()) break;
        at += sequence.announced;
    }
    return at;
}

} // namespace

bool is_utf8(std::string_view bytes) {
    return utf8_prefix(bytes) == bytes.size();
}

std::size_t unfinished_utf8(std::string_view bytes) {
    for (std::size_t count = 1; count < k_utf8_bytes_max && count <= bytes.size(); ++count) {
        auto const sequence = utf8_sequence(bytes.substr(bytes.size() - count));
        if (sequence.announced == 0) continue; // it may go on with what is before it
        return sequence.announced > count && sequence.there == count ? count : 0;
    }
    return 0;
}

std::string repaired_utf8(std::string_view bytes) {
    constexpr std::string_view k_replacement = "\xef\xbf\xbd"; // U+FFFD
    std::string repaired;
    repaired.reserve(bytes.size() + bytes.size() / 8);
    while (true) {
        auto const good = utf8_prefix(bytes);
        repaired.append(bytes.substr(0, good));
        bytes.remove_prefix(good);
        if (bytes.empty()) return repaired;
        repaired.append(k_replacement);
        bytes.remove_prefix(std::max<std::size_t>(utf8_sequence(bytes).there, 1));
    }
}

} // namespace ds
