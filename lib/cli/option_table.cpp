// Walks CLI11's options once, so that nobody else has to know them.
#include "cli/option_table.h"

#include "base/encoding.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>

namespace ds {
namespace {

// "start|now|OFFSET": words in lower case are choices, others stand for something.
std::vector<std::string> split_choices(std::string const& takes) {
    std::vector<std::string> choices;
    if (takes.find('|') == std::string::npos) return choices;
    std::istringstream words(takes);
    for (std::string word; std::getline(words, word, '|');)
        if (to_lower(word) == word) choices.push_back(word);
    return choices;
}

// The type name as it was stated: CLI11 adds the description of each check to it.
std::string stated_type(CLI::Option& option) {
    auto stated = option.get_type_name();
    std::string checks;
    try {
        for (int i = 0;; ++i) {
            auto const description = option.get_validator(i)->get_description();
            if (!description.empty()) checks += ":" + description;
        }
    } catch (CLI::OptionNotFound const&) {
        // That was the last check.
    }
    if (stated.ends_with(checks)) stated.resize(stated.size() - checks.size());
    return stated;
}

OptionRow row_of(CLI::Option& option) {
    OptionRow row;
    auto const positional = option.get_lnames().empty() && option.get_snames().empty();
    if (positional) row.long_name = option.get_name(true);
    if (!option.get_lnames().empty()) row.long_name = "--" + option.get_lnames().front();
    if (!option.get_snames().empty()) row.short_name = "-" + option.get_snames().front();
    if (option.get_items_expected_max() > 0) row.takes = stated_type(option);
    row.help = option.get_description();
    row.environment = option.get_envname();
    row.choices = split_choices(row.takes);
    if (!row.takes.empty()) row.preset = option.get_default_str();
    row.group = option.get_group();
    row.required = option.get_required();
    return row;
}

} // namespace

void prepare(CLI::App& app) {
    app.set_help_flag("-h,--help", "Show this help");
    app.option_defaults()->always_capture_default();
}

CommandRow option_table(Command const& command, CLI::App& app) {
    CommandRow table{command.name, command.summary, {}, {}, app.get_footer()};
    for (auto* option : app.get_options()) {
        auto row = row_of(*option);
        auto& rows = row.long_name.starts_with("--") ? table.options : table.positionals;
        rows.push_back(std::move(row));
    }
    // --help is stated first and read last.
    if (!table.options.empty())
        std::rotate(table.options.begin(), table.options.begin() + 1, table.options.end());
    return table;
}

std::vector<CommandRow> option_tables(std::span<Command const> commands) {
    std::vector<CommandRow> tables;
    for (auto const& command : commands) {
        CLI::App app;
        Session session;
        prepare(app);
        static_cast<void>(command.add(app, session));
        tables.push_back(option_table(command, app));
    }
    return tables;
}

} // namespace ds
