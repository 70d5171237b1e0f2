// LEB128 by hand.
#include "base/varint.h"

namespace ds {

void put_number(std::string& to, std::uint64_t value) {
    while (value >= 0x80) {
        to.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    to.push_back(static_cast<char>(value));
}

void put_signed(std::string& to, std::int64_t value) {
    put_number(to, static_cast<std::uint64_t>(value));
}

void put_text(std::string& to, std::string_view text) {
    put_number(to, text.size());
    to.append(text);
}

std::uint64_t FieldReader::number(std::uint64_t most) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !left_.empty(); shift += 7) {
        auto const byte = static_cast<unsigned char>(left_.front());
        left_.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte >= 0x80) continue;
        bool const needless = byte == 0 && shift > 0;
        bool const lost_bits = shift == 63 && byte > 1;
        if (needless || lost_bits || value > most) break;
        return value;
    }
    return broken();
}

std::size_t FieldReader::count(std::size_t least_bytes) {
    auto const things = number();
    return static_cast<std::size_t>(things > left_.size() / least_bytes ? broken() : things);
}

std::string_view FieldReader::text() {
    auto const size = count(1);
    auto const taken = left_.substr(0, size);
    left_.remove_prefix(taken.size());
    return taken;
}

} // namespace ds
