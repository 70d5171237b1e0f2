// ds create-project: a project with its first secret, which is shown this once.
#include "admin/admin_file.h"
#include "auth/projects.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/project_session.h"
#include "cli/remote_session.h"
#include "cli/terminal.h"
#include "client/stream_client.h"
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
    bool names_data = false; // the directory was named, not taken for granted
};

constexpr char const* k_create_project_footer =
    "The secret signs the tokens of the project, and is shown this once: keep it\n"
    "where your application signs tokens, and nowhere else. From the first project\n"
    "on, a server with --auth auto asks everybody for a token. A data directory that\n"
    "is named with --data or DS_DATA, and is not there yet, is made.\n"
    "\n"
    "Examples:\n"
    "  ds create-project shop --data /var/lib/ds\n"
    "  ds create-project shop --online --data /var/lib/ds\n"
    "  ds create-project shop --url https://streams.example.com\n"
    "  ds create-project shop --import record.json";

// A first project may come before the first start of a server. A directory that nobody named is not
// made: the server would run on another one, and never hear of the project.
Result<void> make_directory(CreateProject const& command) {
    std::error_code failed;
    if (command.common.online || !command.common.remote.url.empty() ||
        std::filesystem::exists(command.common.data + "/ds.db", failed))
        return {};
    if (!command.names_data)
        return Error{Fault::invalid, "there is no data directory at " + command.common.data +
                                         "; name the server's with --data, or where a new one is "
                                         "to be"};
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

// Where to ask: of a socket, with the option for it.
std::string curl_words(std::string const& url, std::string const& path) {
    if (!url.starts_with(k_unix_scheme)) return url + path;
    return "--unix-socket " + url.substr(k_unix_scheme.size()) + " http://localhost" + path;
}

// Of the server at work, if there is one, else what a server has without options.
std::string clients_url(OperatorOptions const& common) {
    if (!common.remote.url.empty()) return common.remote.url;
    auto const running = read_admin_file(common.data);
    bool const known = running && *running && !(*running)->serves.empty();
    return known ? (*running)->serves : "http://127.0.0.1:4437";
}

std::string tour(std::string const& name, OperatorOptions const& common) {
    bool const remote = !common.remote.url.empty();
    auto const& data = common.data;
    auto const where = remote ? " --url " + common.remote.url : " --data " + data + " --online";
    auto const url = clients_url(common);
    auto const stream = curl_words(url, "/v1/stream/" + name + "/hello");
    return "\nTokens are JSON Web Tokens, signed with HS256 and this secret. Their claims:\n"
           "  {\"sub\":\"" +
           name +
           "\",\"scope\":\"read\"|\"write\"|\"manage\",\"exp\":<seconds>,\n"
           "   \"stream_id\":\"<one stream, or leave it out>\"}\n"
           "\nTry it" +
           (remote || common.online
                ? ""
                : ", with a server on that directory (ds serve --data " + data + ")") +
           ":\n"
           "  TOKEN=$(ds token " +
           name + " --scope write" + where +
           ")\n"
           "  curl -X PUT -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: text/plain' \\\n"
           "    " +
           stream +
           " --data 'first words'\n"
           "  curl -H \"Authorization: Bearer $TOKEN\" " +
           stream + "\n";
}

ExitCode show(CreateProject const& command, std::string const& page) {
    return show_secret(command.common, page,
                       nlohmann::json{{"name", command.name}, {"do", "remove"}}.dump(),
                       "the project was not made, since its secret could not be shown",
                       "the project is there, but nobody has its secret; remove it with: "
                       "ds project rm " +
                           command.name);
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
    if (command.common.json) return show(command, created + "\n");
    auto const document = nlohmann::json::parse(created);
    std::string page = "created the project " + command.name + "\n";
    if (document.contains("secret"))
        page +=
            "its secret, shown this once:\n  " + document.at("secret").get<std::string>() + "\n";
    if (document.value("first", false))
        page +=
            "\nFrom now on a server with --auth auto asks everybody for a token: streams of other\n"
            "projects answer 401 until their project is made.\n";
    page += tour(command.name, command.common);
    return show(command, page);
}

} // namespace

Action add_create_project(CommandLine& line, Session&) {
    auto command = std::make_shared<CreateProject>();
    line.options({
        {"NAME", &command->name, "1 to 64 letters, digits, _ or -", takes().required()},
        {"--public", &command->is_public, "Anyone may read its streams"},
        {"--import", &command->import,
         "Take the settings and secrets of a record of the hosted system",
         takes("FILE").excludes("--public")},
    });
    add_storeless_options(line, command->common);
    add_remote_options(line, command->common.remote);
    line.footer(k_create_project_footer);
    return [command, &line] {
        command->names_data = line.given("--data");
        return create(*command);
    };
}

} // namespace ds
