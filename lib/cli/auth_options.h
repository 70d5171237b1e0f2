// Who may do what on a server: the options of `ds serve`, and what they come to.
//
// Tokens are secrets: they come from the environment or a file, are no settings of a config file,
// and nothing prints them.
#pragma once

#include "auth/hook.h"
#include "auth/projects.h"
#include "base/result.h"
#include "service/access/options.h"

#include <optional>
#include <string>
#include <string_view>

namespace ds {

class CommandLine;

struct AuthChoice {
    std::string mode = "auto";
    std::string hook_url;
    double hook_timeout = 5; // seconds
    bool insecure = false;
    std::string token_file;
    std::string admin_token_file;
    std::vector<std::string> cors_origins;
};

// The administrator's token: of this file, if one is named, else of DS_ADMIN_TOKEN. Empty: none.
Result<std::string> admin_token(std::string const& file);

void add_auth_options(CommandLine& line, AuthChoice& choice);

// The hook that answers are asked of; empty when there is none. Call it after settled().
std::optional<HookOptions> hook_options(AuthChoice const& choice);

std::string_view name_of(access::AuthMode mode);

// Who can reach the server, as far as its options say it.
struct Reachable {
    bool loopback = true; // it listens for this machine only
    bool proxied = false; // a trusted proxy stands in front
    bool ports = true;    // not only Unix sockets
    std::string public_url;
};
// Whether others than this machine can, itself or through a proxy.
bool is_reached_from_elsewhere(Reachable const& by);

// What was chosen; the projects are still to be named. Reads the files and variables that hold
// tokens. Fault::invalid when they cannot be used, and for what cannot be, or would open everything
// to everybody without having been asked for.
Result<access::AuthOptions> settled(AuthChoice const& choice, Reachable const& by);

} // namespace ds
