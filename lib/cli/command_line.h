// What a subcommand may be told: its options and arguments, stated as rows of data and then read.
//
//     line.options({
//         {"STREAM", &options->stream, "What to read", takes().required()},
//         {"--from", &options->from, "Where to begin", takes("OFFSET")},
//     });
//
// What a value holds when it is stated is its default, and stays unless something is said. The
// command line comes before the environment, the environment before a config file, and that before
// the defaults.
#pragma once

#include "base/result.h"
#include "cli/option_spec.h"
#include "cli/units.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ds {

// An option as a plain row: what help, completions and the test of the manual see of it.
struct OptionRow {
    std::string long_name;            // with its dashes: "--from"; of an argument "STREAM"
    std::string short_name;           // "-f", or empty
    std::string takes;                // the word for its value, empty for a switch: "FILE"
    std::string help;                 // one line
    std::string environment;          // "DS_URL", or empty
    std::vector<std::string> choices; // when `takes` reads "a|b|c"
    std::string preset;               // the default as text, or empty
    std::string group;                // the heading it stands under in help
    bool required = false;
    Measure measure = Measure::plain;
    bool many = false; // it takes any number of values
};

class CommandLine {
public:
    explicit CommandLine(std::string const& summary = "");
    ~CommandLine();
    CommandLine(CommandLine const&) = delete;
    CommandLine& operator=(CommandLine const&) = delete;

    // States what only the command line says, and what the environment and a config file may say
    // as well: "--keep-hot" is the variable DS_KEEP_HOT, and the setting keep-hot. `heading`: the
    // one that they stand under in help.
    void options(OptionSpecs const& specs, std::string const& heading = "Options");
    void settings(OptionSpecs const& specs, std::string const& heading = "Options");
    // The same with the heading in front: line.under("History").settings({...}).
    struct Group {
        CommandLine& line;
        std::string heading;
        void options(OptionSpecs const& specs) const { line.options(specs, heading); }
        void settings(OptionSpecs const& specs) const { line.settings(specs, heading); }
    };
    Group under(std::string heading) { return {*this, std::move(heading)}; }
    // Names a variable of the environment that is read, but is no option's.
    void also_reads(std::string variable);
    // States --config: a TOML file, whose keys are long names without the dashes. `variable` may
    // name the file instead. A key that names no option is an error, as a misspelt setting must not
    // go unnoticed.
    void add_config_file(std::string const& variable);
    // Examples and remarks, below the options in help.
    void footer(std::string const& text) { footer_ = text; }

    // Reads the words behind the subcommand's name, and fills the values. Fault::invalid says what
    // is wrong with them.
    enum class Wanted { action, help };
    Result<Wanted> read(std::vector<std::string> words);

    // What was stated, in that order, --help at last.
    std::vector<OptionRow> rows() const;
    std::string const& footer() const { return footer_; }
    // Of the environment: those of its options, and what it also reads.
    std::vector<std::string> variables() const;
    // A text about an option, with the place it was said at instead of its name, unless that is the
    // command line: "DS_LISTEN foo: want HOST:PORT" for "--listen foo: want HOST:PORT", or
    // "ds.toml, line 3: listen foo: ...".
    std::string as_said(std::string what) const;
    // Whether it was said, on the command line, in the environment or in the file.
    bool given(std::string const& name) const;
    // What was said as TOML, with a comment for each option; what is as it is by default is there
    // as a comment too, so that the file holds on another machine, and with a later version.
    std::string effective_config() const;

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
    std::string footer_;
};

} // namespace ds
