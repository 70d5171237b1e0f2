// One walk over the text, without recursion. Strings, the bulk of most JSON, are read eight bytes
// at a time; what is open is kept as one bit per level.
#include "base/json_text.h"

#include "base/encoding.h"

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

namespace ds {

namespace {

constexpr std::uint64_t k_ones = 0x0101010101010101U;
constexpr std::uint64_t k_high_bits = 0x8080808080808080U;

// Marks the high bit of bytes below `bound` (at most 128). Of the marks only the lowest is sure;
// that is the one we use.
constexpr std::uint64_t bytes_below(std::uint64_t eight, std::uint64_t bound) {
    return (eight - k_ones * bound) & ~eight & k_high_bits;
}
constexpr std::uint64_t bytes_equal(std::uint64_t eight, std::uint64_t byte) {
    return bytes_below(eight ^ (k_ones * byte), 1);
}

constexpr bool is_json_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_hex(char c) {
    return is_json_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// The containers that are open, outermost first: the 64 innermost in a register, the rest behind
// it.
class OpenContainers {
public:
    std::size_t depth() const { return depth_; }
    bool innermost_is_object() const { return (bits_ & 1U) != 0; }

    void open(bool object) {
        if (depth_ != 0 && depth_ % 64 == 0) outer_.push_back(bits_);
        bits_ = bits_ << 1U | (object ? 1U : 0U);
        ++depth_;
    }
    void close() {
        --depth_;
        bits_ >>= 1U;
        if (depth_ != 0 && depth_ % 64 == 0) {
            bits_ = outer_.back();
            outer_.pop_back();
        }
    }

private:
    std::uint64_t bits_ = 0;
    std::size_t depth_ = 0;
    std::vector<std::uint64_t> outer_;
};

// Its functions answer false once a rule is broken; `fail` has then noted which and where.
class Scanner {
public:
    Scanner(std::string_view text, std::size_t depth_max, std::size_t elements_max)
        : text_(text),
          depth_max_(depth_max),
          elements_max_(elements_max) {}

    Result<JsonText> scan() {
        skip_blanks();
        found_.value.begin = place();
        found_.is_array = peek() == '[';
        do {
            if (!descend_to_scalar() || !ascend_to_next()) return std::move(error_);
        } while (open_.depth() > 0);
        found_.value.end = place();
        skip_blanks();
        if (at_ != text_.size()) {
            fail("something follows the document");
            return std::move(error_);
        }
        return std::move(found_);
    }

private:
    // A zero byte stands for the end; the grammar has no place for either.
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    std::uint32_t place() const { return static_cast<std::uint32_t>(at_); }
    bool in_top_array() const { return open_.depth() == 1 && found_.is_array; }

    void skip_blanks() {
        while (is_blank(peek()))
            ++at_;
    }

    bool fail(std::string_view what) { return fail_at(at_, what); }
    bool fail_at(std::size_t where, std::string_view what) {
        error_.what = "invalid JSON at byte " + std::to_string(where) + ": ";
        error_.what.append(what);
        if (where >= text_.size()) error_.what.append(", but the text ends");
        return false;
    }

    // From where a value must start, through the containers it opens, past the first value that
    // holds no other: a scalar or an empty container.
    bool descend_to_scalar() {
        while (true) {
            skip_blanks();
            if (in_top_array() && !element()) return false;
            char const first = peek();
            if (first != '{' && first != '[') return scalar(first);
            bool const object = first == '{';
            if (open_.depth() == depth_max_)
                return fail("nested deeper than " + std::to_string(depth_max_) + " levels");
            open_.open(object);
            ++at_;
            skip_blanks();
            if (peek() == (object ? '}' : ']')) {
                close();
                return true;
            }
            if (object && !key()) return false;
        }
    }

    bool element() {
        if (found_.elements.size() == elements_max_)
            return fail("more than " + std::to_string(elements_max_) + " elements");
        found_.elements.push_back({place(), place()});
        return true;
    }

    // From the end of a value, past the containers that end with it, to where the next must start.
    bool ascend_to_next() {
        while (open_.depth() > 0) {
            if (in_top_array()) found_.elements.back().end = place();
            skip_blanks();
            bool const object = open_.innermost_is_object();
            if (peek() == ',') {
                ++at_;
                if (!object) return true;
                skip_blanks();
                return key();
            }
            if (peek() != (object ? '}' : ']'))
                return fail(object ? "expected ',' or '}'" : "expected ',' or ']'");
            close();
        }
        return true;
    }

    void close() {
        open_.close();
        ++at_;
    }

    // A member's name and its colon.
    bool key() {
        if (peek() != '"') return fail("expected a member's name in quotes");
        if (!string()) return false;
        skip_blanks();
        if (peek() != ':') return fail("expected ':'");
        ++at_;
        return true;
    }

    bool scalar(char first) {
        switch (first) {
        case '"': return string();
        case 't': return word("true");
        case 'f': return word("false");
        case 'n': return word("null");
        default: break;
        }
        if (first == '-' || is_json_digit(first)) return number();
        constexpr std::string_view k_mark = "\xef\xbb\xbf";
        if (at_ == 0 && text_.starts_with(k_mark))
            return fail("a byte order mark (EF BB BF); save the text without it");
        return fail("expected a value");
    }

    bool word(std::string_view expected) {
        if (text_.substr(at_, expected.size()) != expected) return fail("expected a value");
        at_ += expected.size();
        return true;
    }

    bool number() {
        if (peek() == '-') ++at_;
        if (peek() == '0') {
            ++at_;
            if (is_json_digit(peek())) return fail("a number with a leading zero");
        } else if (!digits()) {
            return false;
        }
        if (peek() == '.') {
            ++at_;
            if (!digits()) return false;
        }
        if (peek() != 'e' && peek() != 'E') return true;
        ++at_;
        if (peek() == '+' || peek() == '-') ++at_;
        return digits();
    }

    bool digits() {
        if (!is_json_digit(peek())) return fail("expected a digit");
        do
            ++at_;
        while (is_json_digit(peek()));
        return true;
    }

    bool string() {
        auto const begin = ++at_;
        bool ascii = true;
        while (true) {
            skip_plain(ascii);
            if (at_ == text_.size()) return fail("expected the end of a string");
            char const stop = text_[at_];
            if (stop == '"') break;
            if (stop != '\\') return fail("a control character in a string must be escaped");
            if (!escape()) return false;
        }
        if (!ascii && !is_utf8(text_.substr(begin, at_ - begin)))
            return fail_at(begin, "this string is not UTF-8");
        ++at_;
        return true;
    }

    // To the next quote, backslash or control character. `ascii` turns false past a byte above
    // 0x7f.
    void skip_plain(bool& ascii) {
        if constexpr (std::endian::native == std::endian::little) {
            std::uint64_t eight = 0;
            std::uint64_t seen = 0;
            while (text_.size() - at_ >= sizeof eight) {
                std::memcpy(&eight, text_.data() + at_, sizeof eight);
                auto const stops =
                    bytes_below(eight, ' ') | bytes_equal(eight, '"') | bytes_equal(eight, '\\');
                if (stops != 0) {
                    auto const plain = static_cast<unsigned>(std::countr_zero(stops)) / 8;
                    // Only the bytes before the stop belong to the string.
                    seen |= eight & ((std::uint64_t{1} << plain * 8) - 1);
                    at_ += plain;
                    ascii = ascii && (seen & k_high_bits) == 0;
                    return;
                }
                seen |= eight;
                at_ += sizeof eight;
            }
            ascii = ascii && (seen & k_high_bits) == 0;
        }
        for (; at_ < text_.size(); ++at_) {
            auto const code = static_cast<unsigned char>(text_[at_]);
            if (code < ' ' || code == '"' || code == '\\') return;
            ascii = ascii && code < 0x80;
        }
    }

    bool escape() {
        constexpr std::string_view k_after_backslash = "\"\\/bfnrtu";
        ++at_;
        char const kind = peek();
        if (kind == '\0' || k_after_backslash.find(kind) == std::string_view::npos)
            return fail("expected one of \"\\/bfnrtu after a backslash");
        ++at_;
        if (kind != 'u') return true;
        for (int i = 0; i < 4; ++i, ++at_)
            if (!is_hex(peek())) return fail("expected four hex digits after \\u");
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_max_;
    std::size_t elements_max_;
    OpenContainers open_;
    JsonText found_;
    Error error_{Fault::invalid, {}};
};

} // namespace

Result<JsonText> scan_json(std::string_view text, std::size_t depth_max, std::size_t elements_max) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max())
        return Error{Fault::invalid, "invalid JSON: the text is longer than 4 GiB"};
    return Scanner(text, depth_max, elements_max).scan();
}

} // namespace ds
