// One pass over the text, from left to right.
#include "storage/xml.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace ds {

namespace {

constexpr std::string_view k_blank = " \t\r\n";
constexpr unsigned k_depth_max = 16;

void append_utf8(std::string& to, std::uint32_t point) {
    auto const put = [&](std::uint32_t byte) { to += static_cast<char>(byte); };
    auto const more = [&](unsigned shift) { put(0x80U | ((point >> shift) & 0x3fU)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0U | (point >> 6U));
        more(0);
    } else if (point < 0x10000) {
        put(0xe0U | (point >> 12U));
        more(6);
        more(0);
    } else {
        put(0xf0U | (point >> 18U));
        more(12);
        more(6);
        more(0);
    }
}

// "#10" or "#xA".
std::optional<std::uint32_t> character(std::string_view number) {
    int base = 10;
    number.remove_prefix(1);
    if (number.starts_with('x')) {
        base = 16;
        number.remove_prefix(1);
    }
    std::uint32_t point = 0;
    auto const* const end = number.data() + number.size();
    auto const read = std::from_chars(number.data(), end, point, base);
    bool const surrogate = point >= 0xd800 && point <= 0xdfff;
    if (read.ec != std::errc() || read.ptr != end || point == 0 || point > 0x10ffff || surrogate)
        return std::nullopt;
    return point;
}

// Appends what "&name;" stands for.
bool append_reference(std::string& to, std::string_view name) {
    constexpr std::array<std::pair<std::string_view, char>, 5> k_known{
        {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};
    for (auto const& [known, c] : k_known)
        if (name == known) {
            to += c;
            return true;
        }
    if (!name.starts_with('#')) return false;
    auto const point = character(name);
    if (point) append_utf8(to, *point);
    return point.has_value();
}

// Each step takes what it reads off the front, or says that it is not there.
class XmlReader {
public:
    explicit XmlReader(std::string_view document) : rest_(document) {}

    std::optional<XmlElement> document() {
        take("\xef\xbb\xbf");
        if (!pass_over()) return std::nullopt;
        XmlElement root;
        if (!element(root, 0) || !pass_over() || !rest_.empty()) return std::nullopt;
        return root;
    }

private:
    bool take(std::string_view what) {
        if (!rest_.starts_with(what)) return false;
        rest_.remove_prefix(what.size());
        return true;
    }
    bool take_through(std::string_view mark) {
        auto const at = rest_.find(mark);
        if (at == std::string_view::npos) return false;
        rest_.remove_prefix(at + mark.size());
        return true;
    }
    void blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(k_blank), rest_.size())); }
    std::string_view name() {
        auto const end = std::min(rest_.find_first_of(" \t\r\n/>=<&\"'"), rest_.size());
        auto const found = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return found;
    }

    // Blanks, comments and declarations around the root.
    bool pass_over() {
        for (blanks(); rest_.starts_with("<?") || rest_.starts_with("<!--"); blanks())
            if (!take_through(rest_.starts_with("<?") ? "?>" : "-->")) return false;
        return true;
    }

    bool attributes() {
        for (blanks(); !rest_.empty() && rest_.front() != '/' && rest_.front() != '>'; blanks()) {
            if (name().empty()) return false;
            blanks();
            if (!take("=")) return false;
            blanks();
            if (!rest_.starts_with('"') && !rest_.starts_with('\'')) return false;
            auto const quote = rest_.substr(0, 1);
            rest_.remove_prefix(1);
            if (!take_through(quote)) return false;
        }
        return true;
    }

    bool element(XmlElement& into, unsigned depth) {
        if (depth >= k_depth_max || !take("<")) return false;
        into.name = name();
        if (into.name.empty() || !attributes()) return false;
        if (take("/>")) return true;
        if (!take(">")) return false;
        while (!rest_.starts_with("</")) {
            if (rest_.empty()) return false;
            if (rest_.starts_with("<!--")) {
                if (!take_through("-->")) return false;
            } else if (rest_.starts_with('<')) {
                if (!element(into.children.emplace_back(), depth + 1)) return false;
            } else if (!text(into.text)) {
                return false;
            }
        }
        rest_.remove_prefix(2);
        if (name() != into.name) return false;
        blanks();
        return take(">");
    }

    bool text(std::string& into) {
        auto const end = std::min(rest_.find_first_of("<&"), rest_.size());
        into += rest_.substr(0, end);
        rest_.remove_prefix(end);
        if (!take("&")) return true;
        auto const semicolon = rest_.find(';');
        if (semicolon == std::string_view::npos) return false;
        auto const reference = rest_.substr(0, semicolon);
        rest_.remove_prefix(semicolon + 1);
        return append_reference(into, reference);
    }

    std::string_view rest_;
};

} // namespace

std::string_view XmlElement::text_of(std::string_view child) const {
    for (auto const& element : children)
        if (element.name == child) return element.text;
    return {};
}

Result<XmlElement> parse_xml(std::string_view document) {
    auto root = XmlReader(document).document();
    if (!root) return Error{Fault::io, "the answer is no well-formed XML"};
    return *std::move(root);
}

} // namespace ds
