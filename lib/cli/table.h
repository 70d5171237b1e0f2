// Rows in aligned columns, and facts with their names, as text for people.
#pragma once

#include <string>
#include <vector>

namespace ds {

class Table {
public:
    // A heading that begins with ">" stands over a column of numbers, aligned to the right.
    explicit Table(std::vector<std::string> const& headings);

    // One cell for each column.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    // Each line begins with `indent` blanks. Without rows there is nothing but the headings.
    std::string text(std::size_t indent = 0) const;

private:
    std::vector<bool> right_;
    std::vector<std::vector<std::string>> rows_; // the headings first
};

// "state         live, closed": the names in one column, the facts in the next.
std::string fact_line(std::string const& name, std::string const& fact);

} // namespace ds
