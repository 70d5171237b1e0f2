// The command line of a test or benchmark program: --name value, or --name alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

class Arguments {
public:
    // `usage` names every option as "--name"; anything else on the command line, and --help, prints
    // it and ends the program (with 2, or 0).
    Arguments(int argc, char** argv, std::string usage);

    bool has(std::string const& name) const { return values_.contains(name); }
    std::string text(std::string const& name, std::string const& otherwise) const;
    std::uint64_t number(std::string const& name, std::uint64_t otherwise) const;
    // "1,16,64"
    std::vector<std::uint64_t> numbers(std::string const& name, std::string const& otherwise) const;
    // The server under test: --ds PATH, else $DS, else build/release/ds.
    std::string server_binary() const;

private:
    [[noreturn]] void refuse(std::string_view why) const;
    std::uint64_t parse(std::string const& name, std::string_view text) const;

    std::string usage_;
    std::map<std::string, std::string> values_;
};

} // namespace ds
