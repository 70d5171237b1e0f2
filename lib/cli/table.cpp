// Measures columns in characters, and fills them up.
#include "cli/table.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace ds {
namespace {

std::size_t columns_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; // continues a character
    }));
}

} // namespace

Table::Table(std::vector<std::string> const& headings) {
    rows_.emplace_back();
    for (auto const& heading : headings) {
        right_.push_back(heading.starts_with('>'));
        rows_.front().push_back(heading.substr(right_.back() ? 1 : 0));
    }
}

std::string Table::text(std::size_t indent) const {
    std::vector<std::size_t> widths(right_.size());
    for (auto const& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], columns_of(row[i]));
    std::string page;
    for (auto const& row : rows_) {
        std::string line(indent, ' ');
        for (std::size_t i = 0; i < row.size(); ++i) {
            std::string const blanks(widths[i] - columns_of(row[i]), ' ');
            if (i > 0) line += "  ";
            line += right_[i] ? blanks + row[i] : row[i] + blanks;
        }
        line.resize(line.find_last_not_of(' ') + 1);
        page += line + "\n";
    }
    return page;
}

std::string fact_line(std::string const& name, std::string const& fact) {
    constexpr std::size_t k_names = 14;
    return name + std::string(k_names - std::min(k_names - 1, name.size()), ' ') + fact + "\n";
}

} // namespace ds
