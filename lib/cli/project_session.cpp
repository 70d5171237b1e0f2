// Asking for a deed on a project, and showing what came of it.
#include "cli/project_session.h"

#include "cli/session.h"
#include "cli/table.h"
#include "cli/terminal.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <utility>

namespace ds {

namespace {

std::string joined(nlohmann::json const& list) {
    std::string text;
    for (auto const& element : list)
        text += (text.empty() ? "" : ", ") + element.get<std::string>();
    return text.empty() ? "none" : text;
}

} // namespace

std::string stream_within(std::string const& project, std::string const& name) {
    auto const prefix = project + "/";
    if (!name.starts_with(prefix) || name.size() == prefix.size()) return name;
    auto stream = name.substr(prefix.size());
    tell("taken as the stream " + stream + " of the project " + project +
         "; for one that is called " + name + " in it, say " + prefix + name);
    return stream;
}

std::variant<std::string, ExitCode> on_project(OperatorOptions const& options,
                                               std::string const& arguments) {
    auto const session = OperatorSession::open(options);
    if (!session) return fail(session.error());
    auto outcome = (*session)->run("project", arguments);
    if (outcome) return std::move(outcome->result);
    if (auto const code = (*session)->code()) return fail(*code, outcome.error().what);
    auto const& [fault, what] = outcome.error();
    if (fault == Fault::missing) return fail(ExitCode::not_found, what);
    // It is there already, or the last of its kind.
    if (fault == Fault::busy) return fail(ExitCode::conflict, what);
    return fail(outcome.error());
}

ExitCode show_secret(OperatorOptions const& options, std::string const& page,
                     std::string const& undo, std::string const& undone, std::string const& stays) {
    if (write_all(STDOUT_FILENO, page) == Written::all) return ExitCode::done;
    auto const why = output_fault().value_or("write the output: nobody reads it");
    bool const taken_back = std::holds_alternative<std::string>(on_project(options, undo));
    return fail(ExitCode::failed, why + "; " + (taken_back ? undone : stays));
}

std::string project_text(std::string const& document) {
    auto const project = nlohmann::json::parse(document);
    auto const yes = [&](char const* name) {
        return std::string(project.at(name).get<bool>() ? "yes" : "no");
    };
    return fact_line("project", project.at("name").get<std::string>()) +
           fact_line("created", project.at("created").get<std::string>()) +
           fact_line("keys", joined(project.at("keys"))) +
           fact_line("origins", joined(project.at("corsOrigins"))) +
           fact_line("public", yes("isPublic")) +
           fact_line("cache mode", project.at("cacheMode").get<std::string>()) +
           fact_line("token in URL", yes("queryToken")) +
           fact_line("token cookie", yes("cookieToken")) +
           fact_line("estuaries",
                     "at most " + std::to_string(project.at("maxEstuaries").get<std::uint64_t>()));
}

} // namespace ds
