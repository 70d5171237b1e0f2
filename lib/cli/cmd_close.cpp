// ds close: ends streams, so that readers know that nothing more will come.
#include "cli/commands.h"
#include "cli/each_stream.h"
#include "cli/terminal.h"

#include <unistd.h>

#include <variant>

namespace ds {
namespace {

constexpr char const* k_close_footer =
    "A closed stream takes no more data, for ever. What it holds stays readable, and\n"
    "who follows it comes to its end. Closing it again changes nothing. A last\n"
    "message goes with the close in: ds append STREAM DATA --close\n"
    "\n"
    "Examples:\n"
    "  ds close builds/log-12";

std::optional<Explanation> close(StreamClient& client, StreamName const& name) {
    auto const said = client.close(name);
    auto why = trouble_in(said, client, Doing::other, name);
    if (!why)
        write_all(STDOUT_FILENO, "closed " + shown(name) + ", next offset " +
                                     std::get<AppendAnswer>(*said).state.next_offset + "\n");
    return why;
}

} // namespace

Action add_close(CommandLine& line, Session& session) {
    auto action = add_each_stream(line, session, &close);
    line.footer(k_close_footer);
    return action;
}

} // namespace ds
