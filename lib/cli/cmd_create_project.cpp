// ds create-project: a project with its first secret, which is shown this once.
#include "auth/projects.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/project_session.h"
#include "cli/terminal.h"
#include "storage/data_directory.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <filesystem>
#include <memory>

namespace ds {
namespace {

struct CreateProject {
    OperatorOptions common;
    std::string name;
    std::string import;
    bool is_public = false;
};

constexpr char const* k_footer =
    "The secret signs the tokens of the project, and is shown this once: keep it\n"
    "where your application signs tokens, and nowhere else. From the first project\n"
    "on, a server with --auth auto asks everybody for a token.\n"
    "\n"
    "Examples:\n"
    "  ds create-project shop\n"
    "  ds create-project shop --online --data /var/lib/ds\n"
    "  ds create-project shop --import record.json";

// A first project may come before the first start of a server.
Result<void> make_directory(CreateProject const& command) {
    std::error_code failed;
    if (command.common.online || std::filesystem::exists(command.common.data + "/ds.db", failed))
        return {};
    TRY(DataDirectory::open(command.common.data, 1));
    return {};
}

Result<std::string> arguments_of(CreateProject const& command) {
    nlohmann::json arguments{{"name", command.name}, {"do", "create"}};
    if (command.is_public) arguments["settings"] = {{"isPublic", true}};
    if (command.import.empty()) return arguments.dump();
    auto record = nlohmann::json::parse(TRY(read_whole(command.import)), nullptr, false);
    if (!record.is_object())
        return Error{Fault::invalid, command.import + ": the record is no JSON object"};
    arguments["import"] = std::move(record);
    return arguments.dump();
}

std::string tour(std::string const& name, std::string const& data, bool online) {
    auto const where = " --data " + data + (online ? " --online" : "");
    return "\nTokens are JSON Web Tokens, signed with HS256 and this secret. Their claims:\n"
           "  {\"sub\":\"" +
           name +
           "\",\"scope\":\"read\"|\"write\"|\"manage\",\"exp\":<seconds>,\n"
           "   \"stream_id\":\"<one stream, or leave it out>\"}\n"
           "\nTry it, with a server on that directory (ds serve --data " +
           data +
           "):\n"
           "  TOKEN=$(ds token " +
           name + " --scope write" + where + (online ? "" : " --online") +
           ")\n"
           "  curl -X PUT -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: text/plain' \\\n"
           "    http://127.0.0.1:4437/v1/stream/" +
           name +
           "/hello --data 'first words'\n"
           "  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:4437/v1/stream/" +
           name + "/hello\n";
}

ExitCode create(CreateProject const& command) {
    if (auto const fine = check_project_name(command.name); !fine) return fail(fine.error());
    auto const arguments = arguments_of(command);
    if (!arguments) return fail(arguments.error());
    if (auto const made = make_directory(command); !made)
        return fail(when_held(made.error(), command.common.data));
    auto const done = on_project(command.common, *arguments);
    if (auto const* code = std::get_if<ExitCode>(&done)) return *code;
    auto const& created = std::get<std::string>(done);
    if (command.common.json) {
        write_all(STDOUT_FILENO, created + "\n");
        return ExitCode::done;
    }
    auto const document = nlohmann::json::parse(created);
    std::string page = "created the project " + command.name + "\n";
    if (document.contains("secret"))
        page +=
            "its secret, shown this once:\n  " + document.at("secret").get<std::string>() + "\n";
    page += tour(command.name, command.common.data, command.common.online);
    write_all(STDOUT_FILENO, page);
    return ExitCode::done;
}

} // namespace

Action add_create_project(CommandLine& line, Session&) {
    auto command = std::make_shared<CreateProject>();
    line.add("NAME", &command->name, "1 to 64 letters, digits, _ or -").required();
    auto const is_public = line.add("--public", &command->is_public, "Anyone may read its streams");
    line.add("--import", &command->import,
             "Take the settings and secrets of a record of the hosted system")
        .takes("FILE")
        .excludes(is_public);
    add_operator_options(line, command->common);
    line.footer(k_footer);
    return [command] { return create(*command); };
}

} // namespace ds
