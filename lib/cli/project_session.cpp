// Asking for a deed on a project, and showing what came of it.
#include "cli/project_session.h"

#include "cli/session.h"
#include "cli/table.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iostream>
#include <sstream>

namespace ds {

namespace {

std::string joined(nlohmann::json const& list) {
    std::string text;
    for (auto const& element : list)
        text += (text.empty() ? "" : ", ") + element.get<std::string>();
    return text.empty() ? "none" : text;
}

} // namespace

Result<std::string> on_project(OperatorOptions const& options, std::string const& arguments) {
    auto session = TRY(OperatorSession::open(options));
    auto outcome = TRY(session->run("project", arguments));
    return std::move(outcome.result);
}

ExitCode fail_project(Error const& error) {
    if (error.fault == Fault::missing) return fail(ExitCode::not_found, error.what);
    bool const held = error.what.find("running server") != std::string::npos;
    if (error.fault == Fault::busy && !held) return fail(ExitCode::conflict, error.what);
    return fail(error);
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
           fact_line("token cookie", yes("cookieToken"));
}

Result<std::string> read_whole(std::string const& path) {
    std::ostringstream text;
    if (path == "-") {
        text << std::cin.rdbuf();
        return text.str();
    }
    std::ifstream from(path);
    if (!from || !(text << from.rdbuf()))
        return Error{Fault::invalid, path + ": cannot be read, or is empty"};
    return text.str();
}

} // namespace ds
