// Compression there and back, and what is no compressed text.
#include "format/compressor.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>

namespace ds {

namespace {

std::string compressed(std::string_view raw) {
    std::string bytes;
    REQUIRE(Compressor().append(bytes, raw));
    return bytes;
}

} // namespace

TEST_CASE("compressor: what goes in comes out, one text behind another") {
    Compressor compressor;
    for (std::size_t const size : {100U, 65'536U, 1'000'000U, 300U}) {
        std::string raw;
        while (raw.size() < size)
            raw += "line " + std::to_string(raw.size() % 1000) + "\n";
        std::string bytes = "front";
        REQUIRE(compressor.append(bytes, raw));
        CHECK(bytes.starts_with("front"));
        CHECK(bytes.size() < raw.size());
        auto const back = decompress(std::string_view(bytes).substr(5), raw.size());
        REQUIRE(back);
        CHECK(back->view() == raw);
    }
}

TEST_CASE("compressor: what would not become smaller is left out") {
    std::mt19937 dice(7);
    std::string noise(1000, '\0');
    for (char& c : noise)
        c = static_cast<char>(dice());
    std::string bytes = "front";
    for (auto const& raw : {noise, std::string("ab"), std::string()}) {
        CHECK_FALSE(Compressor().append(bytes, raw));
        CHECK(bytes == "front");
    }
}

TEST_CASE("compressor: another size, cut or damaged bytes are corrupt") {
    std::string raw(10'000, 'x');
    auto const bytes = compressed(raw);
    for (std::size_t const size :
         {std::size_t{0}, raw.size() - 1, raw.size() + 1, std::size_t{UINT32_MAX}, SIZE_MAX}) {
        auto const back = decompress(bytes, size);
        REQUIRE_FALSE(back);
        CHECK(back.error().fault == Fault::corrupt);
    }
    for (std::size_t size = 0; size < bytes.size(); ++size)
        CHECK_FALSE(decompress(std::string_view(bytes).substr(0, size), raw.size()));
    CHECK_FALSE(decompress("no frame at all", 10));
    std::mt19937 dice(8);
    for (int round = 0; round < 2000; ++round) {
        auto damaged = bytes;
        damaged[dice() % damaged.size()] = static_cast<char>(dice());
        auto const back = decompress(damaged, raw.size());
        if (back) CHECK(back->size() == raw.size());
    }
}

} // namespace ds
