// The JSON scanner against another implementation, on random and damaged documents.
#include "base/encoding.h"
#include "base/json_text.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <random>
#include <string>
#include <string_view>

namespace ds {

namespace {

constexpr std::size_t k_depth = 100;

// A random document, with every kind of value and some white space.
void append_value(std::string& to, std::mt19937& random, int depth) {
    constexpr std::array<std::string_view, 20> k_scalars{
        "0",
        "-0",
        "1e5",
        "-12.5E-3",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\"",
        "10",
        "\"\\n\\\\\"",
        "\"\\u20acx\"",
        "\"\\u00e9\"",
        "\"\xc3\xa9\"",
        "123456789012345678901234567890",
        "\"\xf0\x9f\x98\x80 long enough for words\"",
        "1.0",
        "2E+1",
        "\"plain text of some length, eight and more\"",
        "\"\\\"\"",
    };
    auto const blank = [&] {
        if (random() % 4 == 0) to.push_back(" \n\r\t"[random() % 4]);
    };
    blank();
    auto const kind = depth == 0 ? 0 : random() % 3;
    if (kind == 0) {
        to.append(k_scalars[random() % k_scalars.size()]);
    } else {
        bool const object = kind == 1;
        to.push_back(object ? '{' : '[');
        auto const count = random() % 4;
        blank();
        for (unsigned i = 0; i < count; ++i) {
            if (i > 0) to.push_back(',');
            if (object) {
                blank();
                to.append("\"k").append(std::to_string(i)).append("\"");
                blank();
                to.push_back(':');
            }
            append_value(to, random, depth - 1);
        }
        to.push_back(object ? '}' : ']');
    }
    blank();
}

void mutate(std::string& text, std::mt19937& random) {
    constexpr std::string_view k_bytes =
        "{}[]:,\"\\ \n\t0123456789-+.eEtfnul/bru\x01\x7f\xc3\xa9\xed\xa0\xf4\xff";
    auto const edits = random() % 3;
    for (unsigned i = 0; i < edits && !text.empty(); ++i) {
        auto const at = random() % text.size();
        char const byte = k_bytes[random() % k_bytes.size()];
        switch (random() % 4) {
        case 0: text[at] = byte; break;
        case 1: text.insert(at, 1, byte); break;
        case 2: text.erase(at, 1 + random() % 3); break;
        default: text.resize(at); break;
        }
    }
}

// True when the oracle refuses the text only because a number is too large for a double.
bool has_huge_number(std::string const& text) {
    try {
        auto const parsed = nlohmann::json::parse(text);
        return false;
    } catch (nlohmann::json::out_of_range const&) {
        return true;
    } catch (nlohmann::json::parse_error const&) {
        return false;
    }
}

} // namespace

// The oracle differs in four ways. Three never come up in these documents: it skips a byte order
// mark at the start, it has no bound on depth, and it refuses the escape of half a surrogate pair,
// which the grammar of RFC 8259 allows. The fourth may come up by chance: it reads numbers into
// doubles, so that one beyond their range (1e999) is an error to it; such texts are left out.
TEST_CASE("json: random and damaged documents get the verdict of another implementation") {
    auto const seed = std::random_device{}();
    MESSAGE("seed ", seed);
    CAPTURE(seed);
    std::mt19937 random(seed);
    int accepted = 0;
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        append_value(text, random, 4);
        mutate(text, random);
        bool const ours = scan_json(text, k_depth).has_value();
        bool const theirs = nlohmann::json::accept(text);
        if (ours && !theirs && has_huge_number(text)) continue;
        ++(theirs ? accepted : refused);
        if (ours == theirs) continue;
        CAPTURE(text);
        CAPTURE(hex_encode(text));
        REQUIRE(ours == theirs);
    }
    // Both verdicts must have been put to the test.
    CHECK(accepted > 1'000);
    CHECK(refused > 1'000);
}

TEST_CASE("json: the elements of random arrays are those another implementation finds") {
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 2'000; ++round) {
        std::string text = "[";
        auto const count = random() % 5;
        for (unsigned i = 0; i < count; ++i) {
            if (i > 0) text.push_back(',');
            append_value(text, random, 3);
        }
        text.push_back(']');
        CAPTURE(text);
        auto const scanned = scan_json(text, k_depth);
        REQUIRE(scanned);
        auto const& ours = scanned->elements;
        auto const theirs = nlohmann::json::parse(text);
        REQUIRE(ours.size() == theirs.size());
        for (std::size_t i = 0; i < ours.size(); ++i) {
            auto const element = text.substr(ours[i].begin, ours[i].end - ours[i].begin);
            CHECK(element == trim(element));
            CHECK(nlohmann::json::parse(element) == theirs[i]);
        }
    }
}

} // namespace ds
