// The options of estuaries, and of the fan-out into them.
#pragma once

namespace ds {

class CommandLine;
struct ServeOptions;

void add_estuary_options(CommandLine& line, ServeOptions& options);
void settle_estuaries(ServeOptions& options);

} // namespace ds
