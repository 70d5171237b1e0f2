// ds token: signs a token of a project, or explains one.
#include "admin/project_operation.h"
#include "auth/jwt.h"
#include "auth/projects.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/project_session.h"
#include "cli/remote_session.h"
#include "cli/table.h"
#include "cli/terminal.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <memory>

namespace ds {
namespace {

struct TokenCommand {
    OperatorOptions common;
    std::string project;
    std::string scope = "read";
    std::string stream;
    double expires_in = 3600;
    std::string explain;
    std::string secret;
    std::string secret_file;
};

constexpr char const* k_token_footer =
    "read     may read\n"
    "write    may create streams, append and close as well\n"
    "manage   may delete, and change the settings of the project as well\n"
    "\n"
    "Examples:\n"
    "  export DS_TOKEN=$(ds token shop --scope write --online)\n"
    "  DS_SECRET=... ds token shop --scope read\n"
    "  ds token shop --stream orders/7 --expires-in 1d --data /var/lib/ds\n"
    "  ds token --explain \"$DS_TOKEN\"";

ExitCode explain(TokenCommand const& command) {
    auto const claims = read_token(command.explain);
    if (!claims)
        return fail(Error{Fault::invalid, "this is no token of a project: want three parts with "
                                          "sub, scope and exp among its claims"});
    auto const shown = [](std::int64_t second) {
        return format_rfc3339(from_count_ms(second * 1'000));
    };
    auto const now = count_ms(SystemClock().now()) / 1'000;
    auto const left = claims->exp - now;
    auto page = fact_line("project", claims->sub) +
                fact_line("scope", std::string(text_of(claims->scope))) +
                fact_line("stream", claims->stream_id.value_or("all of the project"));
    if (claims->iat) page += fact_line("issued", shown(*claims->iat));
    if (claims->nbf) page += fact_line("not before", shown(*claims->nbf));
    page +=
        fact_line("expires", shown(claims->exp) + (left > 0 ? ", in " + std::to_string(left) + " s"
                                                            : ", which is over"));
    page += fact_line("signature", "not looked at: only the server knows the keys");
    write_all(STDOUT_FILENO, page);
    return ExitCode::done;
}

ExitCode show(TokenCommand const& command, std::string const& minted) {
    auto const token = nlohmann::json::parse(minted).at("token").get<std::string>();
    write_all(STDOUT_FILENO, (command.common.json ? minted : token) + "\n");
    return ExitCode::done;
}

// Without any server or data directory.
ExitCode mint_with(std::string const& secret, TokenCommand const& command,
                   std::string const& arguments) {
    if (auto const fine = check_project_name(command.project); !fine) return fail(fine.error());
    auto const minted = mint_token(arguments, secret, SystemClock().now());
    return minted ? show(command, *minted) : fail(minted.error());
}

ExitCode mint(TokenCommand const& command) {
    nlohmann::json arguments{{"name", command.project},
                             {"do", "token"},
                             {"scope", command.scope},
                             {"seconds", static_cast<std::int64_t>(command.expires_in)}};
    if (!command.stream.empty())
        arguments["stream"] = stream_within(command.project, command.stream);
    auto const secret = command.secret_file.empty() ? Result<std::string>(command.secret)
                                                    : read_secret(command.secret_file);
    if (!secret) return fail(secret.error());
    if (!secret->empty()) return mint_with(*secret, command, arguments.dump());
    auto const done = on_project(command.common, arguments.dump());
    if (auto const* code = std::get_if<ExitCode>(&done)) return *code;
    return show(command, std::get<std::string>(done));
}

ExitCode token(TokenCommand const& command) {
    if (!command.explain.empty()) return explain(command);
    if (!command.project.empty()) return mint(command);
    return fail(Error{Fault::invalid, "name the project that the token is for, or give a token "
                                      "with --explain"});
}

} // namespace

Action add_token(CommandLine& line, Session&) {
    auto command = std::make_shared<TokenCommand>();
    line.options({
        {"PROJECT", &command->project, "Whose first key signs"},
        {"--scope", &command->scope, "What the token allows", takes_one_of("read|write|manage")},
        {"--stream", &command->stream,
         "The one stream that it is for, with or without PROJECT/ before it", takes("STREAM")},
        {"--expires-in", &command->expires_in, "How long it lives",
         takes_measure(Measure::seconds, 1, 3.1e8)},
        {"--explain", &command->explain, "Show what this token says",
         takes("TOKEN").excludes("PROJECT")},
    });
    line.settings({{"--secret", &command->secret,
                    "Sign with this secret, without a server or a directory; other "
                    "users can see a command line, so prefer DS_SECRET",
                    takes("SECRET")}});
    line.options({{"--secret-file", &command->secret_file,
                   "Sign with the secret in this file; - is standard input",
                   takes("FILE").excludes("--secret")}});
    add_storeless_options(line, command->common);
    add_remote_options(line, command->common.remote);
    line.footer(k_token_footer);
    return [command] { return token(*command); };
}

} // namespace ds
