// ds put: creates a stream, or a fork of one.
#include "base/clock.h"
#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/place.h"
#include "cli/terminal.h"
#include "client/stream_client.h"
#include "model/content.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <memory>
#include <optional>

namespace ds {
namespace {

struct PutOptions {
    std::string stream;
    std::optional<std::string> content_type;
    std::optional<std::string> ttl;
    std::optional<std::string> expires_at;
    bool closed = false;
    std::optional<std::string> fork_from;
    std::optional<std::string> fork_offset;
};

constexpr char const* k_put_footer =
    "To create a stream again with the same settings succeeds and changes nothing.\n"
    "\n"
    "Examples:\n"
    "  ds put orders/7 --content-type application/json\n"
    "  ds put builds/log-12 --content-type text/plain --ttl 1d\n"
    "  ds put orders/7-trial --fork-from orders/7";

std::string done_line(StreamName const& name, CreateAnswer const& answer,
                      std::optional<StreamName> const& source) {
    auto line = (answer.existed ? "exists already: " : "created ") + shown(name);
    if (!answer.state.content_type.empty()) line += ", " + answer.state.content_type;
    if (source) line += ", forked from " + shown(*source);
    if (answer.state.closed) line += ", closed";
    return line + ", next offset " + answer.state.next_offset + "\n";
}

// Empty when a stream can live until then.
std::string wrong_with_end(std::string const& instant) {
    auto const end = parse_rfc3339(instant);
    if (!end) return instant + " is no instant; write it as in 2030-01-31T12:00:00Z";
    return *end > SystemClock().now() ? std::string()
                                      : instant + " is over; the stream would be gone at once";
}

std::string wrong_with_ttl(std::string const& seconds) {
    return seconds.find_first_not_of('0') == std::string::npos
               ? std::string("a stream that lives for no time would be gone at once")
               : std::string();
}

// A type that was asked for and is not the source's. Servers only say that the two differ.
std::optional<Explanation> other_type_than_source(StreamClient& client,
                                                  CreateRequest const& request,
                                                  Result<Said<CreateAnswer>> const& said) {
    if (!is_denied(said, 409) || !request.fork_from || !request.content_type) return std::nullopt;
    auto const source = client.head(*request.fork_from);
    auto const* const state = source ? std::get_if<StreamState>(&*source) : nullptr;
    if (state == nullptr || same_content_type(state->content_type, *request.content_type))
        return std::nullopt;
    return Explanation{ExitCode::conflict,
                       "stream " + shown(*request.fork_from) + " holds " + state->content_type +
                           ", and a fork has its source's type; leave out --content-type"};
}

ExitCode put(Session const& session, PutOptions const& options) {
    auto const place = place_of(session, options.stream);
    if (!place) return fail(ExitCode::misused, place.error().what);
    auto const& name = place->name;
    CreateRequest request{options.content_type, options.ttl, options.expires_at,
                          options.closed,       {},          options.fork_offset};
    if (options.fork_from) {
        auto const source = parse_stream_name(*options.fork_from);
        if (!source) return fail(ExitCode::misused, "--fork-from: " + source.error().what);
        request.fork_from = *source;
    }

    CurlFetch fetch(trusted_by(session.ca_file));
    StreamClient client(fetch, place->url, session.token);
    auto const said = client.create(name, request);
    if (auto const why = other_type_than_source(client, request, said)) return fail(*why);
    auto const doing = request.fork_from ? Doing::fork : Doing::put;
    if (auto const why = trouble_in(said, client, doing, name)) return fail(*why);
    write_all(STDOUT_FILENO, done_line(name, std::get<CreateAnswer>(*said), request.fork_from));
    return ExitCode::done;
}

} // namespace

Action add_put(CommandLine& line, Session& session) {
    auto options = std::make_shared<PutOptions>();
    line.options({
        {"STREAM", &options->stream, "PROJECT/STREAM, or STREAM in the default project",
         takes().required()},
        {"--content-type", &options->content_type,
         "What the stream holds: application/json (or json) for JSON messages, text/plain "
         "(or text); the server takes application/octet-stream when none is given",
         takes_media_type()},
        {"--ttl", &options->ttl, "Delete the stream when nobody has read or written it for so long",
         takes_measure(Measure::seconds).check(wrong_with_ttl)},
        {"--expires-at", &options->expires_at,
         "Delete the stream at this instant, as in 2030-01-31T12:00:00Z",
         takes("INSTANT").check(wrong_with_end).excludes("--ttl")},
        {"--closed", &options->closed, "Create it closed: it never takes data"},
        {"--fork-from", &options->fork_from,
         "Begin with the data of this stream, of the same project", takes("STREAM")},
        {"--fork-offset", &options->fork_offset,
         "Take the source's data up to this offset; all of it when not given",
         takes("OFFSET").needs("--fork-from")},
    });
    add_server_options(line, session);
    line.footer(k_put_footer);
    return [options, &session] { return put(session, *options); };
}

} // namespace ds
