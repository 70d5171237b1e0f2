// Numbers and texts as bytes, written one behind another and read back strictly.
//
//     number := LEB128, unsigned: seven bits a byte, the lowest first, the top bit says "more"
//     signed := its two's complement in 64 bits, as a number
//     text   := length number, bytes
//
// A number has one spelling: one with needless bytes, or one that needs more than 64 bits, is
// broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ds {

void put_number(std::string& to, std::uint64_t value);
void put_signed(std::string& to, std::int64_t value);
void put_text(std::string& to, std::string_view text);

// Reads from the front of what is left. Once something is missing or broken, everything after it is
// nothing: 0 or empty. Whoever reads asks once, at the end, whether all was well.
class FieldReader {
public:
    explicit FieldReader(std::string_view bytes) : left_(bytes) {}

    // Broken when it is larger than `most`.
    std::uint64_t number(std::uint64_t most = UINT64_MAX);
    std::int64_t signed_number() { return static_cast<std::int64_t>(number()); }
    // The text lies where the bytes lie.
    std::string_view text();
    // How many things follow that take at least `least_bytes` each: a lying count is broken, and
    // cannot make anybody allocate.
    std::size_t count(std::size_t least_bytes);

    bool intact() const { return intact_; }
    // Nothing was broken, and nothing is left.
    bool whole() const { return intact_ && left_.empty(); }
    std::string_view left() const { return left_; }

private:
    std::uint64_t broken() {
        intact_ = false;
        left_ = {};
        return 0;
    }
    std::string_view left_;
    bool intact_ = true;
};

} // namespace ds
