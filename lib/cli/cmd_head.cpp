// ds head: what a stream is and how far it goes, without reading it.
#include "cli/commands.h"
#include "cli/each_stream.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/units.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <memory>
#include <variant>

namespace ds {
namespace {

constexpr char const* k_head_footer =
    "The next offset is where the next message will be; reads that begin there wait\n"
    "for it. Offsets are the server's own: they are compared, not counted with.\n"
    "\n"
    "Examples:\n"
    "  ds head orders/7\n"
    "  ds head orders/7 orders/8 --json";

std::string lifetime(StreamState const& state) {
    if (!state.ttl.empty())
        return with_unit(state.ttl, Measure::seconds) + " after it was last used";
    if (!state.expires_at.empty()) return "until " + state.expires_at;
    return "for ever";
}

std::string page(StreamName const& name, StreamState const& state) {
    auto text = fact_line("stream", shown(name)) + fact_line("content type", state.content_type) +
                fact_line("next offset", state.next_offset);
    if (!state.earliest_offset.empty()) text += fact_line("begins at", state.earliest_offset);
    return text + fact_line("closed", state.closed ? "yes" : "no") +
           fact_line("lives", lifetime(state));
}

std::string line(StreamName const& name, StreamState const& state) {
    nlohmann::ordered_json facts{{"stream", name.full()},
                                 {"contentType", state.content_type},
                                 {"nextOffset", state.next_offset},
                                 {"closed", state.closed}};
    if (!state.earliest_offset.empty()) facts["earliestOffset"] = state.earliest_offset;
    if (!state.ttl.empty()) facts["ttl"] = state.ttl;
    if (!state.expires_at.empty()) facts["expiresAt"] = state.expires_at;
    return facts.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace

Action add_head(CommandLine& line_of, Session& session) {
    auto const json = std::make_shared<bool>(false);
    auto const first = std::make_shared<bool>(true);
    auto action = add_each_stream(
        line_of, session, [json, first](StreamClient& client, StreamName const& name) {
            auto const said = client.head(name);
            auto why = trouble_in(said, client, Doing::other, name);
            if (why) return why;
            auto const& state = std::get<StreamState>(*said);
            if (!std::exchange(*first, false) && !*json) write_all(STDOUT_FILENO, "\n");
            write_all(STDOUT_FILENO, *json ? line(name, state) : page(name, state));
            return why;
        });
    line_of.options({{"--json", json.get(), "Print JSON, a line for each stream"}});
    line_of.footer(k_head_footer);
    return action;
}

} // namespace ds
