// Options inside of texts: the words that one takes, and where a message names one.
#pragma once

#include "cli/command_line.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ds {

// Of "start|now|OFFSET": words in lower case are choices, others stand for something.
std::vector<std::string> choices_in(std::string const& takes);

// That a word was not expected, and the option that was probably meant.
std::string unexpected(std::string const& word, std::span<OptionRow const> rows);

// What CLI11 says of a value that it cannot read, with the option in front: "Could not convert:
// --loud = perhaps" is "--loud: perhaps is no value for it".
std::string unreadable_value(std::string text);

struct OptionInText {
    OptionRow const* row;
    std::size_t at; // where its long name begins
};
// The option that a text names first.
std::optional<OptionInText> first_option_in(std::string const& text,
                                            std::span<OptionRow const> rows);

} // namespace ds
