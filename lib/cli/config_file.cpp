// Reads the settings with a cursor that knows its line.
#include "cli/config_file.h"

#include "base/encoding.h"

#include <algorithm>
#include <utility>

namespace ds {

namespace {

bool is_quote(char c) {
    return c == '"' || c == '\'';
}

class SettingsReader {
public:
    explicit SettingsReader(std::string_view text) : rest_(text) {
        constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";
        if (rest_.starts_with(k_byte_order_mark)) rest_.remove_prefix(k_byte_order_mark.size());
    }

    Result<std::vector<Setting>> all() {
        std::vector<Setting> settings;
        for (;;) {
            skip_empty_lines();
            if (rest_.empty()) return settings;
            settings.push_back(TRY(setting()));
        }
    }

private:
    Result<Setting> setting() {
        if (rest_.front() == '[')
            return wrong("'" + std::string(trim(rest_of_line())) +
                         "' begins a section; settings stand in none");
        Setting one;
        one.line = line_;
        auto const text = rest_of_line();
        auto const end = text.find_first_of("=#");
        one.bare = end == std::string_view::npos || text[end] == '#';
        one.name = name_of(text.substr(0, end));
        if (one.name.find_first_of(" \t") != std::string::npos)
            return wrong("'" + one.name + "' has no =");
        if (one.name.empty()) return wrong("there is no name before the =");
        rest_.remove_prefix(std::min(end, text.size()));
        if (one.bare) {
            one.values.emplace_back("true");
        } else {
            rest_.remove_prefix(1);
            skip_blanks();
            auto const listed = !rest_.empty() && rest_.front() == '[';
            one.values = TRY(listed ? list(one.name) : words(one.name));
        }
        skip_blanks();
        if (!at_line_end() && rest_.front() != '#')
            return wrong("something follows the value of '" + one.name +
                         "'; text that is no plain word stands between quotes");
        skip_line();
        return one;
    }

    // [ ... ], over as many lines as it takes.
    Result<std::vector<std::string>> list(std::string const& name) {
        auto const from = line_;
        std::vector<std::string> values;
        rest_.remove_prefix(1);
        for (;;) {
            skip_empty_lines();
            if (rest_.empty()) {
                line_ = from;
                return wrong("the list of '" + name + "' has no closing ]");
            }
            if (rest_.front() == ']') break;
            if (rest_.front() == ',')
                rest_.remove_prefix(1);
            else
                values.push_back(TRY(value(name, " \t\r\n,]#")));
        }
        rest_.remove_prefix(1);
        return values;
    }

    // What stands on one line; nothing at all is an empty text.
    Result<std::vector<std::string>> words(std::string const& name) {
        std::vector<std::string> values;
        for (;;) {
            skip_blanks();
            if (at_line_end() || rest_.front() == '#') break;
            if (rest_.front() == ',')
                rest_.remove_prefix(1);
            else
                values.push_back(TRY(value(name, " \t\r\n,#")));
        }
        if (values.empty()) values.emplace_back();
        return values;
    }

    Result<std::string> value(std::string const& name, std::string_view ends) {
        auto const quote = rest_.front();
        if (!is_quote(quote)) {
            auto const word = rest_.substr(0, rest_.find_first_of(ends));
            rest_.remove_prefix(word.size());
            return std::string(word);
        }
        auto const line = rest_of_line();
        auto const end = line.find(quote, 1);
        if (end == std::string_view::npos)
            return wrong("the text of '" + name + "' has no closing " + std::string(1, quote));
        rest_.remove_prefix(end + 1);
        if (!rest_.empty() && ends.find(rest_.front()) == std::string_view::npos)
            return wrong("something stands right behind the closing " + std::string(1, quote) +
                         " of '" + name + "'");
        return std::string(line.substr(1, end - 1));
    }

    static std::string name_of(std::string_view text) {
        auto name = trim(text);
        if (name.size() > 1 && is_quote(name.front()) && name.front() == name.back())
            name = name.substr(1, name.size() - 2);
        return std::string(name);
    }

    std::string_view rest_of_line() const { return rest_.substr(0, rest_.find('\n')); }
    bool at_line_end() const { return rest_.empty() || rest_.front() == '\n'; }

    void skip_blanks() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r"), rest_.size()));
    }
    void skip_line() {
        auto const line = rest_of_line();
        rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
        ++line_;
    }
    // And comments.
    void skip_empty_lines() {
        for (skip_blanks(); !rest_.empty(); skip_blanks()) {
            if (rest_.front() != '\n' && rest_.front() != '#' && rest_.front() != ';') return;
            skip_line();
        }
    }

    Error wrong(std::string const& what) const {
        return {Fault::invalid, "line " + std::to_string(line_) + ": " + what};
    }

    std::string_view rest_;
    std::size_t line_ = 1;
};

} // namespace

Result<std::vector<Setting>> read_settings(std::string_view text) {
    return SettingsReader(text).all();
}

} // namespace ds
