// Numbers of a fixed size as bytes, the highest first.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace ds {

template <std::unsigned_integral Number>
void put_big_endian(std::string& to, Number value) {
    for (std::size_t byte = sizeof(Number); byte > 0; --byte)
        to.push_back(static_cast<char>(value >> 8 * (byte - 1)));
}

// From the front of `bytes`, which must be there.
template <std::unsigned_integral Number>
Number big_endian(std::string_view bytes) {
    Number value = 0;
    for (char const c : bytes.substr(0, sizeof(Number)))
        value = static_cast<Number>(value << 8U | static_cast<unsigned char>(c));
    return value;
}

} // namespace ds
