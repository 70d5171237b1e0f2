// Spelling and misspelling of paths.
#include "tenants/paths.h"

#include <algorithm>
#include <cctype>

namespace ds::tenants {

namespace {

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

std::string hex_of(char c, bool capital) {
    std::string_view const digits = capital ? "0123456789ABCDEF" : "0123456789abcdef";
    auto const byte = static_cast<unsigned char>(c);
    return {'%', digits[byte >> 4U], digits[byte & 15U]};
}

bool is_plain(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-._~/").find(c) != std::string_view::npos;
}

std::optional<int> digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        auto const high = digit(text[i + 1]);
        auto const low = digit(text[i + 2]);
        if (!high || !low) return std::nullopt;
        plain.push_back(static_cast<char>(*high * 16 + *low));
        i += 2;
    }
    return plain;
}

// The names of this test are ASCII but for one letter, so that a rule for UTF-8 is not needed here.
bool is_stream(std::string_view stream) {
    if (stream.empty() || stream.size() > 512) return false;
    for (std::size_t from = 0; from <= stream.size();) {
        auto const slash = std::min(stream.find('/', from), stream.size());
        auto const segment = stream.substr(from, slash - from);
        if (segment.empty() || segment == "." || segment == "..") return false;
        from = slash + 1;
    }
    return std::ranges::all_of(stream, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte != 0x7f && byte != 0xc0 && byte != 0xff;
    });
}

} // namespace

std::optional<Place> place_of(std::string_view target) {
    target = target.substr(0, target.find('?'));
    if (!target.starts_with(k_root)) return std::nullopt;
    auto const text = decoded(target.substr(k_root.size()));
    if (!text) return std::nullopt;
    auto const slash = text->find('/');
    Place place{"_default", *text};
    if (slash != std::string::npos) place = {text->substr(0, slash), text->substr(slash + 1)};
    bool const legal = !place.project.empty() && is_stream(place.stream);
    return legal ? std::optional(place) : std::nullopt;
}

std::string spell(Dice& dice, std::string_view text) {
    std::string spelled;
    for (char const c : text) {
        bool const as_is = is_plain(c) && !dice.in_hundred(20);
        spelled.append(as_is ? std::string(1, c) : hex_of(c, dice.in_hundred(50)));
    }
    return spelled;
}

std::string honest_path(Dice& dice, std::string const& project, std::string const& stream) {
    std::string path = k_root;
    if (dice.in_hundred(20)) return path.append(spell(dice, project + "/" + stream));
    path.append(project).append("/");
    for (char const c : stream)
        path.append(is_plain(c) ? std::string(1, c) : hex_of(c, true));
    return path;
}

std::string tricky_path(Dice& dice, std::string const& own, std::string const& victim,
                        std::string const& stream) {
    std::string name;
    for (char const c : stream)
        name.append(is_plain(c) ? std::string(1, c) : hex_of(c, true));
    switch (dice.below(64)) {
    case 0: return k_root + spell(dice, victim + "/" + stream);
    case 1: return k_root + own + "/../" + victim + "/" + name;
    case 2: return k_root + own + "/%2e%2E/" + victim + "/" + name;
    case 3: return k_root + own + "%2F..%2f" + victim + "%2F" + name;
    case 4: return k_root + own + "//" + victim + "/" + name;
    case 5: return k_root + "/" + victim + "/" + name;
    case 6: return k_root + victim + "//" + name;
    case 7: return k_root + own + "/" + victim + "/" + name; // a stream of the attacker's own
    case 8: return k_root + upper(victim) + "/" + name;
    case 9: return k_root + victim + "%252F" + name;
    case 10: return k_root + "_default/" + victim + "/" + name;
    case 11: return k_root + "__ds/" + victim + "/" + name;
    case 12: return k_root + victim + "/" + name + "/";
    case 13: return k_root + victim + "/./" + name;
    case 14: return k_root + victim + "/" + name + "%00";
    case 15: return k_root + victim + "%c0%af" + name; // a slash, in too many bytes
    case 16: return "/v1/../v1/stream/" + victim + "/" + name;
    case 17: return "http://127.0.0.1" + k_root + victim + "/" + name;
    case 18: return "/v1/STREAM/" + victim + "/" + name;
    case 19: return k_root + victim + "%5C" + name;
    case 20: return k_root + victim + "/" + name + "/" + dice.letters(600);
    case 21: return "/v1/stream//" + own + "/" + name;
    case 22: return k_root + victim + "/__ds/" + name;
    case 23: return k_root + victim + "/" + name + "%0d%0aX: y";
    case 24: return k_root + victim + "%20/" + name;
    case 25: return k_root + victim + ";" + own + "/" + name;
    case 26: return k_root + own + "%00" + victim + "/" + name;
    case 27: return k_root + victim + "/" + upper(name);
    case 28: return k_root + own + "/%252e%252e/" + victim + "/" + name; // the attacker's own
    default: return k_root + victim + "/" + name;
    }
}

std::string tricky_project(Dice& dice, std::string const& own, std::string const& victim) {
    switch (dice.below(10)) {
    case 0: return own + "/../" + victim;
    case 1: return own + "%2F..%2F" + victim;
    case 2: return victim + "/";
    case 3: return own + "//" + victim;
    case 4: return spell(dice, victim);
    case 5: return victim + "%00";
    case 6: return upper(victim);
    default: return victim;
    }
}

} // namespace ds::tenants
