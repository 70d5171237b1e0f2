// Server options and the form of error messages.
#include "cli/session.h"

#include "cli/terminal.h"

#include <CLI/CLI.hpp>

#include <unistd.h>

namespace ds {

void add_server_options(CLI::App& app, Session& session) {
    app.add_option("--url", session.url, "Where the server is")
        ->type_name("URL")
        ->envname("DS_URL")
        ->group("Server")
        ->check([](std::string const& url) {
            auto const known = url.starts_with("http://") || url.starts_with("https://");
            return known ? std::string() : "write it with its scheme, as in http://" + url;
        });
    app.add_option("--token", session.token,
                   "Sent as a bearer token; other users can see a command line, so prefer DS_TOKEN")
        ->type_name("TOKEN")
        ->envname("DS_TOKEN")
        ->group("Server");
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

} // namespace ds
