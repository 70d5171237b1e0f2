// The options of estuaries, and of the fan-out into them.
#pragma once

namespace CLI { // NOLINT(readability-identifier-naming): CLI11 named it
class App;
}

namespace ds {

struct ServeOptions;

void add_estuary_options(CLI::App& app, ServeOptions& options);
void settle_estuaries(ServeOptions& options);

} // namespace ds
