// Asks each subcommand for what it states.
#include "cli/option_table.h"

#include <utility>

namespace ds {

CommandRow option_table(Command const& command, CommandLine const& line) {
    CommandRow table{command.name, command.summary, {}, {}, line.footer()};
    for (auto& row : line.rows()) {
        auto& rows = row.long_name.starts_with("--") ? table.options : table.positionals;
        rows.push_back(std::move(row));
    }
    return table;
}

std::vector<std::string> variables_of(std::span<Command const> commands) {
    std::vector<std::string> names;
    for (auto const& command : commands) {
        CommandLine line;
        Session session;
        static_cast<void>(command.add(line, session));
        for (auto& name : line.variables())
            names.push_back(std::move(name));
    }
    return names;
}

std::vector<CommandRow> option_tables(std::span<Command const> commands) {
    std::vector<CommandRow> tables;
    for (auto const& command : commands) {
        CommandLine line;
        Session session;
        static_cast<void>(command.add(line, session));
        tables.push_back(option_table(command, line));
    }
    return tables;
}

} // namespace ds
