// Lays out help pages.
#include "cli/help.h"

#include "base/encoding.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string_view>
#include <vector>

namespace ds {
namespace {

constexpr std::size_t k_indent = 2;
// Left column: wide enough for most options; a longer one gets a line of its own.
constexpr std::size_t k_left_max = 26;

// Adds `text` word by word from column `left` on, the cursor being at `at`.
void add_wrapped(std::string& page, std::string const& text, std::size_t left, std::size_t at,
                 std::size_t width) {
    if (at + 2 > left) {
        page.push_back('\n');
        at = 0;
    }
    page.append(left - at, ' ');
    at = left;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        if (at > left && at + 1 + word.size() > width) {
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

void add_section(std::string& page, std::string const& heading, std::vector<Line> const& lines,
                 std::size_t width) {
    if (lines.empty()) return;
    page += "\n" + heading + ":\n";
    std::size_t widest = 0;
    for (auto const& line : lines)
        if (line.left.size() <= k_left_max) widest = std::max(widest, line.left.size());
    for (auto const& line : lines) {
        page.append(k_indent, ' ');
        page += line.left;
        add_wrapped(page, line.right, k_indent + widest + 2, k_indent + line.left.size(), width);
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

// How the values with units are written, one line for each kind.
void add_notes(std::string& page, CommandRow const& command, std::size_t width) {
    std::vector<std::string_view> notes;
    for (auto const& row : command.options)
        if (auto const note = note_on(row.measure); !note.empty())
            if (std::ranges::find(notes, note) == notes.end()) notes.push_back(note);
    if (!notes.empty()) page.push_back('\n');
    for (auto const note : notes)
        add_wrapped(page, std::string(note), k_indent, 0, width);
}

std::string usage(CommandRow const& command) {
    auto text = "Usage: ds " + command.name + " [OPTIONS]";
    for (auto const& row : command.positionals) {
        auto const word = row.long_name + (row.many ? "..." : "");
        text += row.required ? " " + word : " [" + word + "]";
    }
    return text + "\n";
}

} // namespace

std::string overview(std::span<Command const> commands, std::size_t width) {
    std::string page = "ds: durable streams. A server for append-only streams, and its client.\n"
                       "\n"
                       "Usage: ds COMMAND [OPTIONS]\n";
    std::vector<Line> lines;
    for (auto const& command : commands)
        lines.push_back({command.name, command.summary});
    add_section(page, "Commands", lines, width);
    add_section(page, "Options",
                {{"-h, --help", "Show this help"}, {"-V, --version", "Show the version"}}, width);
    page += "\n"
            "A first stream, with two terminals:\n"
            "  ds serve                                         # terminal 1: the server\n"
            "  ds put demo/log --content-type text/plain        # terminal 2: a stream\n"
            "  ds append demo/log 'hello, world'\n"
            "  ds tail demo/log                                 # read it as it grows\n"
            "\n"
            "Streams are named PROJECT/STREAM, or by their URL; STREAM alone is in the\n"
            "default project.\n"
            "Exit codes: 0 done, 1 failed, 2 misused, 3 not found, 4 conflict, 5 refused,\n"
            "6 unreachable, 7 too new.\n"
            "More about a command: ds COMMAND --help, or man ds-COMMAND\n";
    return page;
}

std::size_t help_width(std::size_t terminal, std::string const& columns) {
    constexpr std::size_t k_least = 40;
    constexpr std::size_t k_most = 120; // longer lines are hard to read
    auto const said = parse_decimal(columns);
    auto const width = said && *said > 0 ? static_cast<std::size_t>(*said) : terminal;
    return width == 0 ? k_help_width : std::clamp(width, k_least, k_most);
}

std::string help_page(CommandRow const& command, std::size_t width) {
    auto page = command.summary + "\n\n" + usage(command);
    std::vector<Line> lines;
    for (auto const& row : command.positionals)
        lines.push_back(line_of(row));
    add_section(page, "Arguments", lines, width);

    std::vector<std::string> groups;
    for (auto const& row : command.options)
        if (std::find(groups.begin(), groups.end(), row.group) == groups.end())
            groups.push_back(row.group);
    for (auto const& group : groups) {
        lines.clear();
        for (auto const& row : command.options)
            if (row.group == group) lines.push_back(line_of(row));
        add_section(page, group, lines, width);
    }
    add_notes(page, command, width);
    if (!command.footer.empty()) page += "\n" + command.footer + "\n";
    return page;
}

} // namespace ds
