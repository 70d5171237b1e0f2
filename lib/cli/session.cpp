// Server options and the form of error messages.
#include "cli/session.h"

#include "cli/command_line.h"
#include "cli/environment.h"
#include "cli/terminal.h"
#include "client/stream_client.h"
#include "model/stream_name.h"

#include <unistd.h>

namespace ds {

namespace {

// No fault of its own: who meets it cannot do more about it than about any bad input.
constexpr std::string_view k_too_new = "was written by a newer ds";

ExitCode code_of(Error const& error) {
    if (error.what.find(k_too_new) != std::string::npos) return ExitCode::too_new;
    switch (error.fault) {
    case Fault::invalid: return ExitCode::misused;
    case Fault::busy: return ExitCode::refused;
    case Fault::unreachable: return ExitCode::unreachable;
    default: return ExitCode::failed;
    }
}

} // namespace

void add_ca_option(CommandLine& line, std::string& ca_file) {
    auto const wrong = [](std::string const& file) {
        return ::access(file.c_str(), R_OK) == 0
                   ? std::string()
                   : "there is no file " + file + ", or it cannot be read";
    };
    line.under("Server").settings({
        {"--ca-file", &ca_file,
         "Believe certificates of the authorities in this file as well (PEM); unless given, "
         "SSL_CERT_FILE",
         takes("FILE").check(wrong)},
    });
}

std::string wrong_with_url(std::string const& url) {
    if (url.empty()) return "is empty; write it as http://HOST:PORT, https://HOST or unix:PATH";
    auto const root = url.find(k_stream_root);
    if (!url.starts_with(k_unix_scheme) && root != std::string::npos &&
        root + k_stream_root.size() < url.size())
        return "is the URL of a stream; write that of its server, " +
               without_password(url.substr(0, root));
    if (url.starts_with("http://") || url.starts_with("https://")) return {};
    if (url.starts_with(k_unix_scheme))
        return url.size() > k_unix_scheme.size() ? std::string()
                                                 : "unix: wants a path, as in unix:/run/ds/ds.sock";
    if (url.find("://") != std::string::npos)
        return "only http:// and https:// are spoken, and unix:PATH";
    return "write it with its scheme, as in http://" + without_password(url);
}

std::string trusted_by(std::string const& ca_file) {
    return ca_file.empty() ? environment_value("SSL_CERT_FILE") : ca_file;
}

void add_server_options(CommandLine& line, Session& session) {
    line.under("Server").settings({
        {"--url", &session.url,
         "Where the server is: http://HOST:PORT, https://HOST, or unix:PATH, its socket",
         takes("URL").check(wrong_with_url)},
        {"--token", &session.token,
         "Sent as a bearer token; other users can see a command line, so prefer DS_TOKEN",
         takes("TOKEN")},
    });
    add_ca_option(line, session.ca_file);
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
    auto const code = code_of(error);
    auto const* advice =
        code == ExitCode::too_new ? "; start that version, or restore a backup with this one" : "";
    return fail(code, error.what + advice);
}

} // namespace ds
