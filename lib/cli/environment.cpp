// getenv(3) and environ(7), at one place.
#include "cli/environment.h"

#include "cli/suggest.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace ds {

namespace {

constexpr std::string_view k_ours = "DS_";

// Without what they all begin with, which would make any two of them alike.
std::vector<std::string> without_beginning(std::span<std::string const> names) {
    std::vector<std::string> rest;
    for (auto const& name : names)
        if (name.starts_with(k_ours)) rest.push_back(name.substr(k_ours.size()));
    return rest;
}

} // namespace

std::string environment_value(std::string const& name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet
    auto const* value = name.empty() ? nullptr : std::getenv(name.c_str());
    return value == nullptr ? std::string() : std::string(value);
}

std::vector<std::string> environment_names(std::string_view beginning) {
    std::vector<std::string> names;
    for (auto const* const* entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        std::string_view const text(*entry);
        auto const end = text.find('=');
        if (text.starts_with(beginning) && end != std::string_view::npos && end + 1 < text.size())
            names.emplace_back(text.substr(0, end));
    }
    std::ranges::sort(names);
    return names;
}

std::vector<std::string> misspelt_variables(std::span<std::string const> set,
                                            std::span<std::string const> read,
                                            std::span<std::string const> known) {
    auto const meant = without_beginning(known);
    std::vector<std::string> told;
    for (auto const& name : set) {
        if (!name.starts_with(k_ours) || std::ranges::find(known, name) != known.end()) continue;
        auto const near = nearest(std::string_view(name).substr(k_ours.size()), meant);
        auto const variable = std::string(k_ours) + near.value_or("");
        if (near && std::ranges::find(read, variable) != read.end())
            told.push_back(std::string(name)
                               .append(" is set, and nothing reads it; did you mean ")
                               .append(variable));
    }
    return told;
}

} // namespace ds
