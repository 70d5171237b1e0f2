// Reading --name value pairs.
#include "support/arguments.h"

#include <stdlib.h>
#include <unistd.h>

#include <charconv>
#include <iostream>

namespace ds {

Arguments::Arguments(int argc, char** argv, std::string usage) : usage_(std::move(usage)) {
    for (int i = 1; i < argc; ++i) {
        std::string const name = argv[i];
        if (name == "--help") {
            std::cout << usage_ << std::flush;
            _exit(0);
        }
        bool const listed = usage_.find(name + " ") != std::string::npos ||
                            usage_.find(name + "]") != std::string::npos;
        if (!name.starts_with("--") || !listed) refuse("unknown option " + name);
        bool const with_value = i + 1 < argc && !std::string_view(argv[i + 1]).starts_with("--");
        values_[name] = with_value ? argv[++i] : "";
    }
}

std::string Arguments::text(std::string const& name, std::string const& otherwise) const {
    auto const found = values_.find(name);
    return found != values_.end() ? found->second : otherwise;
}

std::uint64_t Arguments::number(std::string const& name, std::uint64_t otherwise) const {
    auto const found = values_.find(name);
    return found != values_.end() ? parse(name, found->second) : otherwise;
}

std::vector<std::uint64_t> Arguments::numbers(std::string const& name,
                                              std::string const& otherwise) const {
    auto const list = text(name, otherwise);
    std::vector<std::uint64_t> found;
    for (std::size_t at = 0; at <= list.size();) {
        auto const comma = std::min(list.find(',', at), list.size());
        found.push_back(parse(name, std::string_view(list).substr(at, comma - at)));
        at = comma + 1;
    }
    return found;
}

std::string Arguments::server_binary() const {
    auto const* const from_environment = secure_getenv("DS");
    auto binary = text("--ds", from_environment != nullptr ? from_environment : "build/release/ds");
    if (access(binary.c_str(), X_OK) != 0)
        refuse("no server at " + binary + "; build it with scripts/build or name it with --ds");
    return binary;
}

std::uint64_t Arguments::parse(std::string const& name, std::string_view text) const {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        refuse(name + " takes a number, not \"" + std::string(text) + "\"");
    return value;
}

void Arguments::refuse(std::string_view why) const {
    std::cerr << why << "\n" << usage_ << std::flush;
    _exit(2);
}

} // namespace ds
