// What a subcommand may be told: its options and arguments, stated one by one and then read.
//
//     line.add("--from", &options->from, "Where to
//     begin").takes("OFFSET").from_environment("DS_FROM");
//
// What a value holds when it is stated is its default, and stays unless something is said. The
// command line comes before the environment, the environment before a config file, and that before
// the defaults.
#pragma once

#include "base/result.h"
#include "cli/units.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <variant>
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

// Where what is said goes. A switch is a bool, a vector takes any number.
using Value = std::variant<bool*, std::string*, std::optional<std::string>*,
                           std::vector<std::string>*, unsigned*, std::int64_t*, std::uint64_t*,
                           std::optional<std::uint64_t>*, double*, std::optional<double>*>;

// An option that was stated, and what else there is to say of it. It lives as long as its line.
class Option {
public:
    struct Stated;
    explicit Option(Stated& stated) : stated_(&stated) {}

    // The word for its value. FILE and DIR are paths, words of "a|b|OFFSET" in lower case choices.
    Option takes(std::string const& what) const;
    // Takes one of these words, and no other.
    Option one_of(std::initializer_list<char const*> words) const;
    // Takes a number of this measure, with or without a unit; what is stored is in its own one. The
    // word for it, and how its default is shown, follow from that. Before within().
    Option in(Measure measure) const;
    // Takes a content type; json, text and bytes are short for the usual ones.
    Option media_type() const;
    // Takes a number from `least` to `most`, both included.
    Option within(double least, double most) const;
    // Takes what `wrong` has nothing to say against.
    Option check(std::function<std::string(std::string const&)> wrong) const;
    // One word may hold several values.
    Option separated_by(char mark) const;
    // What help shows as its default.
    Option shown_as_default(std::string const& preset) const;
    Option from_environment(char const* variable) const;
    // It is no setting of a config file, and effective_config() does not show it.
    Option in_no_file() const;
    // Its heading in help.
    Option under(char const* heading) const;
    Option required() const;
    Option excludes(Option other) const;
    Option needs(Option other) const;

private:
    Stated* stated_;
};

class CommandLine {
public:
    explicit CommandLine(std::string const& summary = "");
    ~CommandLine();
    CommandLine(CommandLine const&) = delete;
    CommandLine& operator=(CommandLine const&) = delete;

    // States an option, "--quiet" or "--quiet,-q", or the next argument, "STREAM".
    Option add(std::string const& name, Value into, std::string const& help);
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
