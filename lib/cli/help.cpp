// Lays out help pages.
#include "cli/help.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <vector>

namespace ds {
namespace {

constexpr std::size_t k_width = 80;
constexpr std::size_t k_indent = 2;
// Left column: wide enough for most options; a longer one gets a line of its own.
constexpr std::size_t k_left_max = 26;

// Adds `text` word by word from column `left` on, the cursor being at `at`.
void add_wrapped(std::string& page, std::string const& text, std::size_t left, std::size_t at) {
    if (at + 2 > left) {
        page.push_back('\n');
        at = 0;
    }
    page.append(left - at, ' ');
    at = left;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        if (at > left && at + 1 + word.size() > k_width) {
            page.push_back('\n');
            page.append(left, ' ');
            at = left;
        }
        if (at > left) {
            page.push_back(' ');
            ++at;
        }
        page += word;
        at += word.size();
    }
    page.push_back('\n');
}

struct Line {
    std::string left;
    std::string right;
};

void add_section(std::string& page, std::string const& heading, std::vector<Line> const& lines) {
    if (lines.empty()) return;
    page += "\n" + heading + ":\n";
    std::size_t widest = 0;
    for (auto const& line : lines)
        if (line.left.size() <= k_left_max) widest = std::max(widest, line.left.size());
    for (auto const& line : lines) {
        page.append(k_indent, ' ');
        page += line.left;
        add_wrapped(page, line.right, k_indent + widest + 2, k_indent + line.left.size());
    }
}

Line line_of(OptionRow const& row) {
    Line line;
    if (!row.short_name.empty()) line.left = row.short_name + ", ";
    line.left += row.long_name;
    if (!row.takes.empty() && row.long_name.starts_with("--")) line.left += " " + row.takes;
    line.right = row.help;
    std::string remarks;
    if (!row.preset.empty()) remarks = "default " + row.preset;
    if (!row.environment.empty())
        remarks += (remarks.empty() ? "" : "; ") + ("or set " + row.environment);
    if (!remarks.empty()) line.right += " (" + remarks + ")";
    return line;
}

std::string usage(CommandRow const& command) {
    auto text = "Usage: ds " + command.name + " [OPTIONS]";
    for (auto const& row : command.positionals)
        text += row.required ? " " + row.long_name : " [" + row.long_name + "]";
    return text + "\n";
}

} // namespace

std::string overview(std::span<Command const> commands) {
    std::string page = "ds: durable streams. A server for append-only streams, and its client.\n"
                       "\n"
                       "Usage: ds COMMAND [OPTIONS]\n";
    std::vector<Line> lines;
    for (auto const& command : commands)
        lines.push_back({command.name, command.summary});
    add_section(page, "Commands", lines);
    add_section(page, "Options",
                {{"-h, --help", "Show this help"}, {"-V, --version", "Show the version"}});
    page += "\n"
            "A first stream, with two terminals:\n"
            "  ds serve                                         # terminal 1: the server\n"
            "  ds put demo/greetings --content-type text/plain  # terminal 2: a stream\n"
            "  ds append demo/greetings 'hello, world'\n"
            "  ds tail demo/greetings                           # read it as it grows\n"
            "\n"
            "Streams are named PROJECT/STREAM; STREAM alone is in the default project.\n"
            "Exit codes: 0 done, 1 failed, 2 misused, 3 not found, 4 conflict, 5 refused,\n"
            "6 unreachable. More about a command: ds COMMAND --help, or man ds-COMMAND\n";
    return page;
}

std::string help_page(CommandRow const& command) {
    auto page = command.summary + "\n\n" + usage(command);
    std::vector<Line> lines;
    for (auto const& row : command.positionals)
        lines.push_back(line_of(row));
    add_section(page, "Arguments", lines);

    std::vector<std::string> groups;
    for (auto const& row : command.options)
        if (std::find(groups.begin(), groups.end(), row.group) == groups.end())
            groups.push_back(row.group);
    for (auto const& group : groups) {
        lines.clear();
        for (auto const& row : command.options)
            if (row.group == group) lines.push_back(line_of(row));
        add_section(page, group, lines);
    }
    if (!command.footer.empty()) page += "\n" + command.footer + "\n";
    return page;
}

} // namespace ds
