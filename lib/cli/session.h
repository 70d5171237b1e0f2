// What every client subcommand is given: which server to ask, and as whom.
#pragma once

#include "base/result.h"
#include "cli/exit_code.h"

#include <string>
#include <string_view>

namespace ds {

class CommandLine;

struct Session {
    std::string url = "http://127.0.0.1:4437"; // --url, DS_URL
    std::string token;                         // --token, DS_TOKEN; empty: none is sent
    std::string ca_file;                       // --ca-file, DS_CA_FILE
};

// States --ca-file, and checks what --url may be.
void add_ca_option(CommandLine& line, std::string& ca_file);
std::string wrong_with_url(std::string const& url);
// The file with the authorities that are believed besides those of the system: what was given, else
// SSL_CERT_FILE, as for curl.
std::string trusted_by(std::string const& ca_file);

// States --url, --token and --ca-file on a subcommand that talks to a server.
void add_server_options(CommandLine& line, Session& session);

// Says "ds: <what>" on standard error.
void tell(std::string_view what);
// Says so too, and returns `code`: `return fail(ExitCode::failed, ...)`.
ExitCode fail(ExitCode code, std::string_view what);
// The same with the code that goes with what went wrong.
ExitCode fail(Error const& error);

} // namespace ds
