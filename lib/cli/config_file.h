// --config FILE: options from a TOML file, below the environment and above the defaults.
//
// Keys are the long names of options without the dashes: `listen = "127.0.0.1:4437"`. A key that
// names no option is an error, as a misspelt setting must not go unnoticed.
#pragma once

#include <string>

namespace CLI { // NOLINT(readability-identifier-naming): CLI11 named it
class App;
}

namespace ds {

// States --config on `app`. CLI11 alone would let the file win over the environment.
// `environment` names the variable that may give the file instead ("DS_CONFIG").
void add_config_file(CLI::App& app, std::string const& environment);

// The values in effect as TOML, one commented block per option: what --print-config shows.
std::string effective_config(CLI::App const& app);

} // namespace ds
