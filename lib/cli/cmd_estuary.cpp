// ds estuary: lists estuaries, shows and removes one; gives up copies that cannot be made.
#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/operator_session.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "client/estuary_client.h"
#include "net/curl_fetch.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <memory>
#include <string>

namespace ds {
namespace {

struct EstuaryCommand {
    OperatorOptions common;
    std::string action;
    std::string name;
};

constexpr char const* k_estuary_footer =
    "ls [PROJECT]    lists the estuaries of a project\n"
    "show ESTUARY    its sources, and how far each was acknowledged\n"
    "rm ESTUARY      removes it, its subscriptions and what it holds\n"
    "skip STREAM     an operator's: its subscribers do not get the\n"
    "                copies that are still owed, and are told so.\n"
    "                For what cannot be made (see ds inspect)\n"
    "\n"
    "skip works on a data directory (--data, --online), the others on\n"
    "a server (--url).\n"
    "\n"
    "Examples:\n"
    "  ds estuary ls shop\n"
    "  ds estuary show shop/inbox\n"
    "  ds estuary skip shop/orders --online";

std::string instant(std::int64_t ms) {
    return format_rfc3339(Millis(std::chrono::milliseconds(ms)));
}

std::string page_of(StreamName const& estuary, EstuaryAnswer const& answer) {
    auto page = fact_line("estuary", shown(estuary)) + fact_line("holds", answer.content_type) +
                fact_line("ends", instant(answer.expires_ms) + ", unless it is used");
    if (answer.sources.empty()) return page + "\nit is subscribed to nothing\n";
    Table table({"source", "copies", "since", "acknowledged", "missed before"});
    for (auto const& source : answer.sources)
        table.add({source.stream,
                   source.copies == CopiesAs::envelope ? "in envelopes" : "as they are",
                   source.since, source.acknowledged.empty() ? "-" : source.acknowledged,
                   source.missed.empty() ? "-" : source.missed});
    return page + "\n" + table.text();
}

std::string page_of(std::string const& project, EstuaryList const& list) {
    if (list.estuaries.empty())
        return "there are no estuaries in " + project + "; make one with: ds subscribe\n";
    Table table({"estuary", ">sources", "holds", "ends, unless it is used"});
    for (auto const& one : list.estuaries)
        table.add({one.id, std::to_string(one.sources), one.content_type, instant(one.expires_ms)});
    return table.text();
}

// Prints what an answer comes to, or says what stood in the way.
template <typename Answer, typename Show>
ExitCode shown_or_told(Result<Said<Answer>> const& said, StreamClient const& streams,
                       StreamName const& name, Show show) {
    if (auto const why = trouble_in(said, streams, Doing::estuary, name)) return fail(*why);
    write_all(STDOUT_FILENO, show(std::get<Answer>(*said)));
    return ExitCode::done;
}

ExitCode list(EstuaryClient& estuaries, StreamClient const& streams, std::string const& project) {
    auto const any = make_stream_name(project, "any");
    if (!any) return fail(ExitCode::misused, any.error().what);
    EstuaryList all;
    for (std::string after;;) {
        auto said = estuaries.list(project, after);
        auto* const part = said ? std::get_if<EstuaryList>(&*said) : nullptr;
        if (part == nullptr) return shown_or_told(said, streams, *any, [](auto) { return ""; });
        all.estuaries.insert(all.estuaries.end(), part->estuaries.begin(), part->estuaries.end());
        if (!part->more || part->estuaries.empty()) break;
        after = part->estuaries.back().id;
    }
    write_all(STDOUT_FILENO, page_of(project, all));
    return ExitCode::done;
}

ExitCode skip(EstuaryCommand const& command) {
    if (auto const name = parse_stream_name(command.name); !name)
        return fail(ExitCode::misused, name.error().what);
    auto session = OperatorSession::open(command.common);
    if (!session) return fail(session.error());
    auto const outcome = (*session)->run("skip", scope_arguments(command.name));
    if (!outcome && outcome.error().fault == Fault::missing) return fail_absent(command.name);
    if (!outcome) return fail(outcome.error());
    auto const from = nlohmann::json::parse(outcome->result).at("from");
    auto const text = from.is_null()
                          ? command.name + " owes no copies\n"
                          : "gave up the copies of " + command.name + " from " +
                                from.get<std::string>() + " on; its subscribers are told\n";
    return print_result(command.common, outcome->result, text);
}

ExitCode estuary(Session const& session, EstuaryCommand const& command) {
    CurlFetch fetch(trusted_by(session.ca_file));
    StreamClient streams(fetch, session.url, session.token);
    EstuaryClient estuaries(streams);
    if (command.action == "ls")
        return list(estuaries, streams,
                    command.name.empty() ? std::string(k_default_project) : command.name);
    if (command.name.empty())
        return fail(ExitCode::misused, "name the estuary; see them with: ds estuary ls PROJECT");
    if (command.action == "skip") return skip(command);
    auto const name = parse_stream_name(command.name);
    if (!name) return fail(ExitCode::misused, name.error().what);
    if (command.action == "show")
        return shown_or_told(estuaries.show(*name), streams, *name,
                             [&](EstuaryAnswer const& answer) { return page_of(*name, answer); });
    // To remove what is not there is no fault over HTTP; a person has mistyped the name.
    if (is_denied(estuaries.show(*name), 404))
        return fail(ExitCode::not_found, "there is no estuary " + shown(*name) +
                                             "; see them with: ds estuary ls " +
                                             std::string(name->project()));
    return shown_or_told(estuaries.remove(*name), streams, *name, [&](RemoveAnswer) {
        return "removed the estuary " + shown(*name) + "\n";
    });
}

} // namespace

Action add_estuary(CommandLine& line, Session& session) {
    auto command = std::make_shared<EstuaryCommand>();
    line.options({
        {"ACTION", &command->action, "What to do", takes_one_of("ls|show|rm|skip").required()},
        {"NAME", &command->name, "A project, PROJECT/ESTUARY, or PROJECT/STREAM"},
    });
    add_server_options(line, session);
    add_storeless_options(line, command->common);
    line.footer(k_estuary_footer);
    return [command, &session] { return estuary(session, *command); };
}

} // namespace ds
