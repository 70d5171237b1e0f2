// ds estuary: lists estuaries, shows and removes one.
#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "client/estuary_client.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <memory>

namespace ds {
namespace {

struct EstuaryCommand {
    std::string action;
    std::string name;
};

constexpr char const* k_footer = "ls [PROJECT]    lists the estuaries of a project\n"
                                 "show ESTUARY    its sources, and how far each was acknowledged\n"
                                 "rm ESTUARY      removes it, its subscriptions and what it holds\n"
                                 "\n"
                                 "Examples:\n"
                                 "  ds estuary ls shop\n"
                                 "  ds estuary show shop/inbox";

std::string instant(std::int64_t ms) {
    return format_rfc3339(Millis(std::chrono::milliseconds(ms)));
}

std::string page_of(StreamName const& estuary, EstuaryAnswer const& answer) {
    auto page = fact_line("estuary", shown(estuary)) + fact_line("holds", answer.content_type) +
                fact_line("ends", instant(answer.expires_ms) + ", unless it is used");
    if (answer.sources.empty()) return page + "\nit is subscribed to nothing\n";
    Table table({"source", "copies", "since", "acknowledged"});
    for (auto const& source : answer.sources)
        table.add({source.stream,
                   source.copies == Copies::envelope ? "in envelopes" : "as they are", source.since,
                   source.acknowledged.empty() ? "-" : source.acknowledged});
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

ExitCode estuary(Session const& session, EstuaryCommand const& command) {
    CurlFetch fetch(trusted_by(session.ca_file));
    StreamClient streams(fetch, session.url, session.token);
    EstuaryClient estuaries(streams);
    if (command.action == "ls")
        return list(estuaries, streams,
                    command.name.empty() ? std::string(k_default_project) : command.name);
    if (command.name.empty())
        return fail(ExitCode::misused, "name the estuary; see them with: ds estuary ls PROJECT");
    auto const name = parse_stream_name(command.name);
    if (!name) return fail(ExitCode::misused, name.error().what);
    if (command.action == "show")
        return shown_or_told(estuaries.show(*name), streams, *name,
                             [&](EstuaryAnswer const& answer) { return page_of(*name, answer); });
    return shown_or_told(estuaries.remove(*name), streams, *name, [&](RemoveAnswer) {
        return "removed the estuary " + shown(*name) + "\n";
    });
}

} // namespace

Action add_estuary(CommandLine& line, Session& session) {
    auto command = std::make_shared<EstuaryCommand>();
    line.add("ACTION", &command->action, "What to do").required().one_of({"ls", "show", "rm"});
    line.add("NAME", &command->name, "A project, or PROJECT/ESTUARY");
    add_server_options(line, session);
    line.footer(k_footer);
    return [command, &session] { return estuary(session, *command); };
}

} // namespace ds
