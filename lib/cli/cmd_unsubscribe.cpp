// ds unsubscribe: takes subscriptions of an estuary back.
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/terminal.h"
#include "client/estuary_client.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <algorithm>
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
    "subscription, and told.\n"
    "\n"
    "Examples:\n"
    "  ds unsubscribe shop/inbox shop/orders";

// As far as it is known what the estuary was subscribed to.
bool is_subscribed(Result<Said<EstuaryAnswer>> const& before, StreamName const& source) {
    if (!before) return true;
    if (denial_in(before) != nullptr) return !is_denied(before, 404);
    auto const& sources = std::get<EstuaryAnswer>(*before).sources;
    return std::ranges::any_of(sources,
                               [&](auto const& one) { return one.stream == source.stream(); });
}

std::string what_was_done(StreamName const& estuary, StreamName const& source, bool subscribed) {
    return subscribed ? "unsubscribed " + shown(estuary) + " from " + shown(source) + "\n"
                      : shown(estuary) + " was not subscribed to " + shown(source) + "\n";
}

ExitCode unsubscribe(Session const& session, UnsubscribeOptions const& options) {
    auto const estuary = parse_stream_name(options.estuary);
    if (!estuary) return fail(ExitCode::misused, estuary.error().what);
    CurlFetch fetch(trusted_by(session.ca_file));
    StreamClient streams(fetch, session.url, session.token);
    EstuaryClient estuaries(streams);
    auto const before = estuaries.show(*estuary);
    for (auto const& text : options.sources) {
        auto const source = parse_stream_name(text);
        if (!source) return fail(ExitCode::misused, source.error().what);
        auto const said = estuaries.unsubscribe(*estuary, *source);
        if (auto const why = trouble_in(said, streams, Doing::subscribe, *source))
            return fail(*why);
        write_all(STDOUT_FILENO, what_was_done(*estuary, *source, is_subscribed(before, *source)));
    }
    return ExitCode::done;
}

} // namespace

Action add_unsubscribe(CommandLine& line, Session& session) {
    auto options = std::make_shared<UnsubscribeOptions>();
    line.options({
        {"ESTUARY", &options->estuary, "PROJECT/ESTUARY", takes().required()},
        {"SOURCE", &options->sources, "PROJECT/STREAM; any number", takes().required()},
    });
    add_server_options(line, session);
    line.footer(k_unsubscribe_footer);
    return [options, &session] { return unsubscribe(session, *options); };
}

} // namespace ds
