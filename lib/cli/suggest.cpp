// Edit distance (optimal string alignment), over three rows of its table.
#include "cli/suggest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace ds {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const same = a[i - 1] == b[j - 1];
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
            auto const swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

std::optional<std::string> nearest(std::string_view word, std::span<std::string const> known) {
    std::optional<std::string> best;
    // A third of the letters may be wrong; more is a guess at random.
    auto least = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (auto const& candidate : known) {
        auto const distance = edit_distance(word, candidate);
        auto const extends = word.size() >= 2 && candidate.starts_with(word);
        if (distance < least || (extends && !best)) {
            least = std::min(least, distance);
            best = candidate;
        }
    }
    return best;
}

} // namespace ds
