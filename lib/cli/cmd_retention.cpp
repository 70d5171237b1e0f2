// ds retention: how much history a project or a stream keeps.
#include "cli/commands.h"
#include "cli/operator_session.h"
#include "cli/remote_session.h"
#include "cli/report_text.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace ds {
namespace {

struct RetentionCommand {
    OperatorOptions common;
    std::string scope;
    std::optional<double> age;
    std::optional<std::uint64_t> bytes;
    std::optional<std::uint64_t> messages;
    bool none = false;

    bool sets() const { return age || bytes || messages || none; }
};

constexpr char const* k_retention_footer =
    "Without limits it shows those that are set. The limits that are given replace\n"
    "all that were set before. A stream's own limits come before its project's, and\n"
    "these before --retain-age, --retain-bytes and --retain-messages of ds serve.\n"
    "Whole segments are removed, the oldest first, once all of a segment is beyond a\n"
    "limit. A read before what is left is answered 410 with the earliest offset.\n"
    "\n"
    "Examples:\n"
    "  ds retention\n"
    "  ds retention orders --age 30d --online\n"
    "  ds retention orders/7 --bytes 1GiB --messages 1000000\n"
    "  ds retention orders/7 --none";

std::string arguments_of(RetentionCommand const& command) {
    nlohmann::json arguments{{"scope", command.scope}};
    if (command.sets())
        arguments["set"] = {{"age_ms", static_cast<std::uint64_t>(command.age.value_or(0) * 1000)},
                            {"bytes", command.bytes.value_or(0)},
                            {"messages", command.messages.value_or(0)}};
    return arguments.dump();
}

ExitCode retention(RetentionCommand const& command) {
    if (auto const scope = parse_scope(command.scope); !scope) return fail(scope.error());
    if (command.sets() && command.scope.empty())
        return fail(Error{Fault::invalid, "limits are set for a project or a stream; for all of "
                                          "them, use --retain-age and its like of ds serve"});
    auto session = OperatorSession::open(command.common);
    if (!session) return fail(session.error());
    auto const outcome = (*session)->run("retention", arguments_of(command));
    if (!outcome && (*session)->code()) return fail(*(*session)->code(), outcome.error().what);
    if (!outcome) return fail(outcome.error());
    auto const unlimited = nlohmann::json::parse(outcome->result).at("retention").empty();
    auto const where = command.scope.empty() ? "any project or stream" : command.scope;
    return print_result(command.common, outcome->result,
                        unlimited ? "no limits are set for " + where + "\n"
                                  : retentions_text(outcome->result));
}

} // namespace

Action add_retention(CommandLine& line, Session&) {
    auto command = std::make_shared<RetentionCommand>();
    constexpr double k_most = 0x1p62;
    line.options({
        {"SCOPE", &command->scope, "PROJECT or PROJECT/STREAM"},
        {"--age", &command->age, "Keep messages for this long",
         takes_measure(Measure::seconds, 0.001, 1e10)},
        {"--bytes", &command->bytes, "Keep this much of each stream",
         takes_measure(Measure::bytes, 1, k_most)},
        {"--messages", &command->messages, "Keep so many messages of each stream",
         takes_number(1, k_most)},
        {"--none", &command->none, "Forget the limits that were set here",
         takes().excludes("--age").excludes("--bytes").excludes("--messages")},
    });
    add_operator_options(line, command->common);
    add_remote_options(line, command->common.remote);
    line.footer(k_retention_footer);
    return [command] { return retention(*command); };
}

} // namespace ds
