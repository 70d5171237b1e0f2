// ds webhook-key: replaces the key that signs webhooks.
#include "cli/commands.h"
#include "cli/operator_session.h"

#include <nlohmann/json.hpp>

#include <memory>

namespace ds {
namespace {

constexpr char const* k_webhook_key_footer =
    "From now on another key signs. Receivers find it by its id in jwks.json; there\n"
    "the old one stays for 15 minutes, so that what it signed can still be verified.\n"
    "\n"
    "Examples:\n"
    "  ds webhook-key --online\n"
    "  ds webhook-key --data /var/lib/ds";

ExitCode replace(OperatorOptions const& options) {
    auto session = OperatorSession::open(options);
    if (!session) return fail(session.error());
    auto const outcome = (*session)->run("rekey", "{}");
    if (!outcome) return fail(outcome.error());
    auto const kid = nlohmann::json::parse(outcome->result).at("kid").get<std::string>();
    return print_result(options, outcome->result, "webhooks are signed with " + kid + "\n");
}

} // namespace

Action add_webhook_key(CommandLine& line, Session&) {
    auto options = std::make_shared<OperatorOptions>();
    add_storeless_options(line, *options);
    line.footer(k_webhook_key_footer);
    return [options] { return replace(*options); };
}

} // namespace ds
