// What can be set of access: who is let in, and by what.
#pragma once

#include "auth/hook.h"
#include "auth/projects.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ds::access {

enum class AuthMode : std::uint8_t {
    automatic, // tokens of projects, as soon as there is a project or others can reach the server
    projects,  // tokens of projects
    token,     // one token for everything
    hook,      // an external hook is asked
    none,      // nobody is asked
};

struct AuthOptions {
    AuthMode mode = AuthMode::none;
    bool open_without_projects = true; // what `automatic` says until there is one
    // Where everybody is let in: only under names of this machine, and from its pages.
    bool only_here = false;
    bool any_host = false;                 // of a Unix socket, where no browser is led
    Projects* projects = nullptr;          // outlives all who ask
    Hook* hook = nullptr;                  // of AuthMode::hook; stopped before those whom it tells
    std::string token;                     // of AuthMode::token
    std::string admin_token;               // may do everything; empty: there is none
    std::vector<std::string> cors_origins; // for all projects; empty: what a project says, or any
    std::string public_url;                // its host counts as this machine's
};

// Whether everybody is let in, by what the server was told and by the projects that it knows, if
// any.
bool lets_everybody_in(AuthOptions const& options, Projects::Directory const* known);

} // namespace ds::access
