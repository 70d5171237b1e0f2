// What a config file sets, line by line: the part of TOML that options need.
//
//     listen = "127.0.0.1:4437"           # a comment
//     cors-origin = ["https://a.example",
//                    "https://b.example"]
//     server-timing                        a switch needs no value
//
// Text between quotes is taken as it stands, without escapes. Words without quotes are taken as
// well, and several of them, with blanks or commas between, are several values. There are no
// sections.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct Setting {
    std::size_t line = 0; // where it begins, from 1 on
    std::string name;
    std::vector<std::string> values;
    bool bare = false; // there is no "=": a switch
};

// In the order of the file. Fault::invalid begins with "line N: ".
Result<std::vector<Setting>> read_settings(std::string_view text);

} // namespace ds
