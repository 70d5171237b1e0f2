// ds rm: removes streams.
#include "cli/commands.h"
#include "cli/each_stream.h"
#include "cli/terminal.h"

#include <unistd.h>

namespace ds {
namespace {

constexpr char const* k_rm_footer =
    "What a stream holds is gone with it, for readers at once; forks keep what they\n"
    "share with it. Where there are projects, it takes a token of the scope manage.\n"
    "A stream that cannot be removed is told, and the others are removed.\n"
    "\n"
    "Examples:\n"
    "  ds rm builds/log-12\n"
    "  ds rm demo/a demo/b demo/c";

std::optional<Explanation> remove(StreamClient& client, StreamName const& name) {
    auto why = trouble_in(client.remove(name), client, Doing::other, name);
    if (!why) write_all(STDOUT_FILENO, "removed " + shown(name) + "\n");
    return why;
}

} // namespace

Action add_rm(CommandLine& line, Session& session) {
    auto action = add_each_stream(line, session, &remove);
    line.footer(k_rm_footer);
    return action;
}

} // namespace ds
