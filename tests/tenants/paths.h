// Ways to write a stream's path, honest and not, and where a path leads by the words of the
// protocol: decided here without the server's code, to be held against it.
#pragma once

#include "support/dice.h"

#include <optional>
#include <string>
#include <string_view>

namespace ds::tenants {

inline std::string const k_root = "/v1/stream/";

struct Place {
    std::string project;
    std::string stream;
};
// Empty when no stream can be there. Decoded once, then split at the first slash.
std::optional<Place> place_of(std::string_view target);

// The same text, some of its characters as %xx.
std::string spell(Dice& dice, std::string_view text);
// The path of a stream, as its owner may write it.
std::string honest_path(Dice& dice, std::string const& project, std::string const& stream);
// Something that might be taken for the stream of `victim` by who decodes twice, cleans paths up,
// folds letters or compares prefixes.
std::string tricky_path(Dice& dice, std::string const& own, std::string const& victim,
                        std::string const& stream);
// The same for routes that name a project alone.
std::string tricky_project(Dice& dice, std::string const& own, std::string const& victim);

} // namespace ds::tenants
