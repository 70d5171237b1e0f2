// Server options and the form of error messages.
#include "cli/session.h"

#include "cli/command_line.h"
#include "cli/terminal.h"

#include <unistd.h>

namespace ds {

namespace {

ExitCode code_of(Fault fault) {
    switch (fault) {
    case Fault::invalid: return ExitCode::misused;
    case Fault::busy: return ExitCode::refused;
    case Fault::unreachable: return ExitCode::unreachable;
    default: return ExitCode::failed;
    }
}

} // namespace

void add_server_options(CommandLine& line, Session& session) {
    line.add("--url", &session.url, "Where the server is")
        .takes("URL")
        .from_environment("DS_URL")
        .under("Server")
        .check([](std::string const& url) {
            auto const known = url.starts_with("http://") || url.starts_with("https://");
            return known ? std::string() : "write it with its scheme, as in http://" + url;
        });
    line.add("--token", &session.token,
             "Sent as a bearer token; other users can see a command line, so prefer DS_TOKEN")
        .takes("TOKEN")
        .from_environment("DS_TOKEN")
        .under("Server");
}

void tell(std::string_view what) {
    std::string line = "ds: ";
    line.append(what).push_back('\n');
    write_all(STDERR_FILENO, line);
}

ExitCode fail(ExitCode code, std::string_view what) {
    tell(what);
    return code;
}

ExitCode fail(Error const& error) {
    return fail(code_of(error.fault), error.what);
}

} // namespace ds
