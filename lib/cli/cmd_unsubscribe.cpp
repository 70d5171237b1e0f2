// ds unsubscribe: takes subscriptions of an estuary back.
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/terminal.h"
#include "client/estuary_client.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <memory>
#include <vector>

namespace ds {
namespace {

struct UnsubscribeOptions {
    std::string estuary;
    std::vector<std::string> sources;
};

constexpr char const* k_unsubscribe_footer =
    "What was copied stays in the estuary. It is no error when there is no such\n"
    "subscription.\n"
    "\n"
    "Examples:\n"
    "  ds unsubscribe shop/inbox shop/orders";

ExitCode unsubscribe(Session const& session, UnsubscribeOptions const& options) {
    auto const estuary = parse_stream_name(options.estuary);
    if (!estuary) return fail(ExitCode::misused, estuary.error().what);
    CurlFetch fetch(trusted_by(session.ca_file));
    StreamClient streams(fetch, session.url, session.token);
    EstuaryClient estuaries(streams);
    for (auto const& text : options.sources) {
        auto const source = parse_stream_name(text);
        if (!source) return fail(ExitCode::misused, source.error().what);
        auto const said = estuaries.unsubscribe(*estuary, *source);
        if (auto const why = trouble_in(said, streams, Doing::subscribe, *source))
            return fail(*why);
        write_all(STDOUT_FILENO,
                  "unsubscribed " + shown(*estuary) + " from " + shown(*source) + "\n");
    }
    return ExitCode::done;
}

} // namespace

Action add_unsubscribe(CommandLine& line, Session& session) {
    auto options = std::make_shared<UnsubscribeOptions>();
    line.add("ESTUARY", &options->estuary, "PROJECT/ESTUARY").required();
    line.add("SOURCE", &options->sources, "PROJECT/STREAM; any number").required();
    add_server_options(line, session);
    line.footer(k_unsubscribe_footer);
    return [options, &session] { return unsubscribe(session, *options); };
}

} // namespace ds
