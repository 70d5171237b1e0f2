// How much projects, streams and client addresses may take of a server.
#pragma once

namespace ds {

class CommandLine;
struct ServeOptions;

void add_limit_options(CommandLine& line, ServeOptions& options);

} // namespace ds
