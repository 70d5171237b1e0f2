// Names first, so that a typo in the last one changes nothing.
#include "cli/each_stream.h"

#include "cli/place.h"
#include "net/curl_fetch.h"

#include <memory>
#include <utility>
#include <vector>

namespace ds {
namespace {

ExitCode do_each(Session const& session, std::vector<std::string> const& streams,
                 StreamDeed const& deed) {
    std::vector<Place> places;
    for (auto const& text : streams) {
        auto place = place_of(session, text);
        if (!place) return fail(ExitCode::misused, place.error().what);
        places.push_back(*std::move(place));
    }
    CurlFetch fetch(trusted_by(session.ca_file));
    auto first = ExitCode::done;
    for (auto const& place : places) {
        StreamClient client(fetch, place.url, session.token);
        auto const why = deed(client, place.name);
        if (!why) continue;
        fail(*why);
        if (first == ExitCode::done) first = why->code;
        if (why->code == ExitCode::unreachable) break;
    }
    return first;
}

} // namespace

Action add_each_stream(CommandLine& line, Session& session, StreamDeed deed) {
    auto streams = std::make_shared<std::vector<std::string>>();
    line.options({
        {"STREAM", streams.get(), "PROJECT/STREAM, or STREAM in the default project; any number",
         takes().required()},
    });
    add_server_options(line, session);
    return [streams, &session, deed = std::move(deed)] { return do_each(session, *streams, deed); };
}

} // namespace ds
