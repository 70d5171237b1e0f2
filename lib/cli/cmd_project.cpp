// ds project: shows projects, and changes their keys, origins and privacy.
#include "auth/project_keys.h"
#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/project_session.h"
#include "cli/remote_session.h"
#include "cli/table.h"
#include "cli/terminal.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace ds {
namespace {

struct ProjectCommand {
    OperatorOptions common;
    std::string action;
    std::string name;
    std::vector<std::string> words;
    std::string secret_file;
};

constexpr char const* k_project_footer =
    "ls                        lists the projects\n"
    "show NAME                 its settings; keys by their fingerprints\n"
    "rm NAME                   forgets it and its keys. Its streams stay: nobody can\n"
    "                          reach them until a project of that name is made again\n"
    "keys NAME add             a new key, shown this once: it signs from now on, and\n"
    "                          the others still verify (--secret-file: your own)\n"
    "keys NAME rm FINGERPRINT  tokens signed with it are worthless at once\n"
    "cors NAME add|rm ORIGIN   pages of this origin may use its streams\n"
    "privacy NAME public|private    whether anyone may read its streams\n"
    "cache NAME shared|private      whether caches on the way may keep what is read\n"
    "tokens NAME query|cookie on|off   whether reads may bring their token as\n"
    "                          ?token= or as the cookie ds_token (for EventSource)\n"
    "estuaries NAME N          so many estuaries may there be at most; readers make\n"
    "                          them, and an append is copied so often at most\n"
    "reader-key NAME STREAM    another reader key for a stream: URLs with the old one\n"
    "                          are kept by no cache any more\n"
    "\n"
    "Examples:\n"
    "  ds project ls\n"
    "  ds project keys shop add --online\n"
    "  ds project cors shop add https://shop.example --data /var/lib/ds\n"
    "  DS_ADMIN_TOKEN=... ds project ls --url https://streams.example.com";

using json = nlohmann::json;

std::string_view project_form(std::string_view action) {
    if (action == "keys") return "keys NAME add, or keys NAME rm FINGERPRINT";
    if (action == "cors") return "cors NAME add|rm ORIGIN";
    if (action == "privacy") return "privacy NAME public|private";
    if (action == "cache") return "cache NAME shared|private";
    if (action == "tokens") return "tokens NAME query|cookie on|off";
    if (action == "estuaries") return "estuaries NAME N, a whole number";
    if (action == "reader-key") return "reader-key NAME STREAM";
    return action == "rm" ? "rm NAME" : "show NAME";
}

// The arguments of the operation; empty when the words make no sense.
std::optional<json> deed_of(ProjectCommand const& command) {
    auto const& words = command.words;
    auto const& action = command.action;
    json arguments{{"name", command.name}};
    auto const deed = [&](std::string const& what) {
        arguments["do"] = what;
        return arguments;
    };
    auto const setting = [&](char const* name, json value) {
        arguments["settings"] = {{name, std::move(value)}};
        return deed("set");
    };
    auto const is = [&](std::size_t place, std::initializer_list<std::string_view> any) {
        return std::ranges::find(any, words.at(place)) != any.end();
    };
    if (action == "show" && words.empty()) return deed("show");
    if (action == "rm" && words.empty()) return deed("remove");
    if (action == "keys" && words.size() == 1 && words[0] == "add") return deed("add-key");
    if (action == "keys" && words.size() == 2 && words[0] == "rm") {
        arguments["key"] = words[1];
        return deed("remove-key");
    }
    if (action == "cors" && words.size() == 2 && is(0, {"add", "rm"})) {
        arguments["origin"] = words[1];
        return deed(words[0] == "add" ? "add-origin" : "remove-origin");
    }
    if (action == "privacy" && words.size() == 1 && is(0, {"public", "private"}))
        return setting("isPublic", words[0] == "public");
    if (action == "cache" && words.size() == 1 && is(0, {"shared", "private"}))
        return setting("cacheMode", words[0]);
    if (action == "tokens" && words.size() == 2 && is(0, {"query", "cookie"}) &&
        is(1, {"on", "off"}))
        return setting(words[0] == "query" ? "queryToken" : "cookieToken", words[1] == "on");
    if (action == "estuaries" && words.size() == 1)
        if (auto const most = parse_decimal(words[0])) return setting("maxEstuaries", *most);
    if (action == "reader-key" && words.size() == 1) {
        arguments["stream"] = stream_within(command.name, words[0]);
        return deed("reader-key");
    }
    return std::nullopt;
}

ExitCode list(ProjectCommand const& command) {
    auto const done = on_project(command.common, "{}");
    if (auto const* code = std::get_if<ExitCode>(&done)) return *code;
    auto const& all = std::get<std::string>(done);
    if (command.common.json) {
        write_all(STDOUT_FILENO, all + "\n");
        return ExitCode::done;
    }
    auto const document = json::parse(all);
    if (document.at("projects").empty()) {
        write_all(STDOUT_FILENO, "there are no projects; make one with: ds create-project NAME\n");
        return ExitCode::done;
    }
    Table table({"project", "created", ">keys", ">origins", "readers", "cache"});
    for (auto const& project : document.at("projects"))
        table.add({project.at("name").get<std::string>(), project.at("created").get<std::string>(),
                   std::to_string(project.at("keys").size()),
                   std::to_string(project.at("corsOrigins").size()),
                   project.at("isPublic").get<bool>() ? "anyone" : "with a token",
                   project.at("cacheMode").get<std::string>()});
    write_all(STDOUT_FILENO, table.text());
    return ExitCode::done;
}

std::string told(ProjectCommand const& command, std::string const& result) {
    auto const document = json::parse(result);
    if (document.contains("removed")) return "removed the project " + command.name + "\n";
    if (document.contains("readerKey"))
        return "the reader key is now " + document.at("readerKey").get<std::string>() + "\n";
    std::string page;
    if (document.contains("secret") && command.secret_file.empty())
        page = "the new secret, shown this once:\n  " + document.at("secret").get<std::string>() +
               "\n\n";
    return page + project_text(result);
}

// Shows a new key, which is taken back when it cannot be shown.
ExitCode show_key(ProjectCommand const& command, std::string const& page,
                  std::string const& secret) {
    json const undo{{"name", command.name}, {"do", "remove-key"}, {"key", fingerprint_of(secret)}};
    return show_secret(command.common, page, undo.dump(),
                       "the key was not added, since it could not be shown",
                       "the key is there, but nobody has its secret");
}

ExitCode project(ProjectCommand const& command) {
    if (command.action == "ls") {
        if (command.name.empty()) return list(command);
        return fail(Error{Fault::invalid, "ds project ls takes no name; try: ds project show"});
    }
    if (command.name.empty())
        return fail(Error{Fault::invalid, "name the project; see them with: ds project ls"});
    auto deed = deed_of(command);
    if (!deed)
        return fail(Error{Fault::invalid, "ds project " + command.action +
                                              " is not said like that; say: ds project " +
                                              std::string(project_form(command.action))});
    if (!command.secret_file.empty()) {
        if (deed->at("do") != "add-key")
            return fail(Error{Fault::invalid, "--secret-file belongs to ds project keys NAME add"});
        auto secret = read_secret(command.secret_file);
        if (!secret) return fail(secret.error());
        (*deed)["secret"] = *std::move(secret);
    }
    auto const done = on_project(command.common, deed->dump());
    if (auto const* code = std::get_if<ExitCode>(&done)) return *code;
    auto const& result = std::get<std::string>(done);
    auto const page = command.common.json ? result + "\n" : told(command, result);
    auto const document = json::parse(result);
    if (document.contains("secret") && command.secret_file.empty())
        return show_key(command, page, document.at("secret").get<std::string>());
    write_all(STDOUT_FILENO, page);
    return ExitCode::done;
}

} // namespace

Action add_project(CommandLine& line, Session&) {
    auto command = std::make_shared<ProjectCommand>();
    line.options({
        {"ACTION", &command->action, "What to do",
         takes_one_of("ls|show|rm|keys|cors|privacy|cache|tokens|estuaries|reader-key").required()},
        {"NAME", &command->name, "The project"},
        {"WORDS", &command->words, "What the action takes; see below"},
        {"--secret-file", &command->secret_file,
         "The secret that keys add adds is in this file; - is standard input", takes("FILE")},
    });
    add_storeless_options(line, command->common);
    add_remote_options(line, command->common.remote);
    line.footer(k_project_footer);
    return [command] { return project(*command); };
}

} // namespace ds
