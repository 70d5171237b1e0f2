// An option or an argument as it is stated: a row of data.
#pragma once

#include "cli/units.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ds {

// Where what is said goes. A switch is a bool, a vector takes any number.
using Value = std::variant<bool*, std::string*, std::optional<std::string>*,
                           std::vector<std::string>*, unsigned*, std::int64_t*, std::uint64_t*,
                           std::optional<std::uint64_t>*, double*, std::optional<double>*>;

// What an option takes, and on which terms. One of the functions below begins it.
struct Takes {
    using Wrong = std::function<std::string(std::string const&)>;

    explicit Takes(std::string value = "") : word(std::move(value)) {}
    Takes& required();
    // `name` was stated before.
    Takes& excludes(std::string name);
    Takes& needs(std::string name);
    // Takes only that of which `what_is_wrong` says nothing.
    Takes& check(Wrong what_is_wrong);

    // Stands for its value in help. FILE and DIR are paths, of "a|b|OFFSET" the words in lower case
    // are choices. A switch has none, and no argument needs one.
    std::string word;
    bool only_choices = false;
    bool is_media_type = false;
    bool is_secret = false;
    bool is_required = false;
    char separator = '\0'; // between several values in one word
    Measure measure = Measure::plain;
    std::optional<std::pair<double, double>> range; // both ends included
    std::vector<std::string> excluded;
    std::vector<std::string> needed;
    Wrong wrong;
};
// Without a word: a switch, or an argument.
Takes takes(std::string word = "");
// One of the words of "a|b|c", and no other.
Takes takes_one_of(std::string words);
// A number from `least` to `most`.
Takes takes_number(double least, double most, std::string word = "N");
// A number of this measure, with or without a unit; what is stored is in its own one. The word for
// it, and how its default is shown, follow from that.
Takes takes_measure(Measure measure);
Takes takes_measure(Measure measure, double least, double most);
// A content type; json, text and bytes are short for the usual ones.
Takes takes_media_type();
// Any number of values; several in one word have commas between them.
Takes takes_list(std::string word);
// No setting of a config file, and not shown by effective_config().
Takes takes_secret(std::string word);

struct OptionSpec {
    char const* name; // "--quiet", "--quiet,-q"; "STREAM" is the next argument
    Value into;
    std::string help;
    Takes takes{};
};
using OptionSpecs = std::vector<OptionSpec>;

} // namespace ds
