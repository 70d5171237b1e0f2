// What went wrong, in words that end with the next command to try, and with which exit code.
#pragma once

#include "cli/exit_code.h"
#include "client/stream_client.h"

#include <string>
#include <string_view>

namespace ds {

struct Explanation {
    ExitCode code;
    std::string text;
};

// What the person wanted to do.
enum class Doing { put, append, tail, subscribe, estuary };

// What `name` was to be, as a person would type it.
std::string shown(StreamName const& name);

Explanation explain(Denial const& denial, Doing doing, StreamName const& name);
// `url` is the server that was asked.
Explanation explain(Error const& error, std::string_view url);

} // namespace ds
