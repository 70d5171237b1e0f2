// Random choices that a printed seed repeats, on any machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace ds {

class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t next() { return engine_(); }
    // 0 .. bound - 1. (Modulo, because the standard's distributions differ between libraries.)
    std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
    std::uint64_t between(std::uint64_t least, std::uint64_t most) {
        return least + below(most - least + 1);
    }
    bool in_hundred(std::uint64_t percent) { return below(100) < percent; }
    bool in_thousand(std::uint64_t per_mille) { return below(1000) < per_mille; }
    template <typename Choices>
    auto const& pick(Choices const& choices) {
        return *(std::begin(choices) + static_cast<std::ptrdiff_t>(below(std::size(choices))));
    }
    std::string letters(std::size_t count) {
        std::string text(count, ' ');
        for (auto& c : text)
            c = static_cast<char>('a' + below(26));
        return text;
    }

private:
    std::mt19937_64 engine_;
};

} // namespace ds
