// Denials and errors for people.
#include "cli/explain.h"

#include "auth/jwt.h"
#include "base/encoding.h"
#include "cli/session.h"
#include "net/curl_fetch.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace ds {
namespace {

std::string quoted(StreamName const& name) {
    auto plain = shown(name);
    auto const harmless =
        plain.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789/_-.:@") == std::string::npos;
    if (harmless) return plain;
    std::string text = "'";
    for (char const c : plain) {
        if (c == '\'') text += "'\\'";
        text.push_back(c);
    }
    return text + "'";
}

ExitCode code_of(int status) {
    switch (status) {
    case 400: return ExitCode::misused;
    case 404:
    case 410: return ExitCode::not_found;
    case 409: return ExitCode::conflict;
    case 503:
    case 507: return ExitCode::refused;
    default: return status >= 400 && status < 500 ? ExitCode::refused : ExitCode::failed;
    }
}

std::string absent(Denial const& denial, Doing doing, StreamName const& name) {
    auto const stream = "stream " + shown(name);
    if (doing == Doing::estuary)
        return "there is no estuary " + shown(name) + "; make it with: ds subscribe " +
               quoted(name) + " STREAM...";
    if (doing == Doing::fork) return "the stream to fork from does not exist";
    if (doing == Doing::put || denial.message.starts_with("there is nothing at this path"))
        return "there is nothing at the path of " + stream +
               " there; --url names the server alone, as in http://HOST:PORT";
    if (denial.code == "OFFSET_TRIMMED") {
        auto const rest = denial.earliest_offset.empty() ? "start" : denial.earliest_offset;
        return stream +
               " no longer holds what was at that offset: retention has removed it; read " +
               "what is there with: ds tail " + quoted(name) + " --from " + rest;
    }
    if (denial.code == "OFFSET_OF_EARLIER_STREAM")
        return stream +
               " was deleted and made again: the offset is of the one before; read the new "
               "one with: ds tail " +
               quoted(name);
    if (denial.status == 410)
        return stream + " was deleted, and only its forks still hold its data; take another name";
    if (doing == Doing::other) return stream + " does not exist";
    return stream + " does not exist; create it with: ds put " + quoted(name) +
           (doing == Doing::append ? " --content-type text, or json" : "");
}

std::string conflict(Denial const& denial, Doing doing, StreamName const& name) {
    auto const stream = "stream " + shown(name);
    if (doing == Doing::append && denial.stream_closed)
        return stream + " is closed and takes no more; go on in a fork of it with: ds put NEW" +
               " --fork-from " + quoted(name);
    if (doing == Doing::append && denial.code == "CONTENT_TYPE_MISMATCH")
        return stream + " has another content type; leave out --content-type to use the stream's";
    if (denial.code == "FORK_SOURCE_GONE") return "the stream to fork from was deleted";
    if (denial.code == "STREAM_GONE")
        return stream + " was deleted, and its forks still hold its data; take another name";
    if (denial.code == "NOT_AN_ESTUARY")
        return stream + " is there, and is no estuary; take another name for the estuary";
    if (doing == Doing::put || doing == Doing::fork)
        return stream + " exists and differs from what was asked (" + denial.message +
               "); take another name, or read it with: ds tail " + quoted(name) + " --no-follow";
    if (doing == Doing::subscribe && denial.code == "CONTENT_TYPE_MISMATCH")
        return stream + ": " + denial.message +
               "; take another estuary, or leave --plain out or in as when it was made";
    return stream + ": " + denial.message;
}

// "6 s", "3 h"
std::string span(std::int64_t seconds) {
    constexpr std::int64_t k_minute = 60;
    constexpr std::int64_t k_hour = 60 * k_minute;
    constexpr std::int64_t k_day = 24 * k_hour;
    if (seconds < 2 * k_minute) return std::to_string(seconds) + " s";
    if (seconds < 2 * k_hour) return std::to_string(seconds / k_minute) + " minutes";
    if (seconds < 2 * k_day) return std::to_string(seconds / k_hour) + " hours";
    return std::to_string(seconds / k_day) + " days";
}

// What is full, and stays so until somebody makes room. Empty: nothing is.
std::string what_is_full(Denial const& denial) {
    constexpr std::string_view k_streams = "as many streams as it may";
    if (denial.code == "TOO_MANY_STREAMS" ||
        (denial.status == 429 && denial.message.find(k_streams) != std::string::npos))
        return denial.message + "; remove one with: ds rm STREAM, or raise " +
               "--limit-project-streams of ds serve";
    if (denial.code == "TOO_MANY_ESTUARIES")
        return denial.message + "; remove one with: ds estuary rm ESTUARY, or allow more with: " +
               "ds project estuaries PROJECT NUMBER";
    return {};
}

std::string refused(Denial const& denial, StreamName const& name, std::string_view token) {
    auto const stream = "stream " + shown(name) + ": ";
    switch (denial.status) {
    case 401:
        if (token.empty())
            return stream + "the server asks for a token; give it with --token or DS_TOKEN";
        return stream + "the server refused the token: " +
               why_refused(token, SystemClock().now(), name.project());
    case 403: return stream + denial.message + "; does the token allow this?";
    case 413:
        return stream + "that is more than the server takes in one request; append smaller" +
               " pieces, or raise --max-body of ds serve";
    case 429:
    case 503: return stream + denial.message + "; try again in a moment";
    case 507: return stream + denial.message + "; make room on the server, then try again";
    default: return stream + denial.message;
    }
}

// What the permissions of a socket, or of a folder on the way to it, forbid. Empty: nothing.
std::string socket_denied(std::string const& server) {
    if (!server.starts_with(k_unix_scheme)) return {};
    auto const path = server.substr(k_unix_scheme.size());
    if (::access(path.c_str(), W_OK) == 0 || errno != EACCES) return {};
    return "permission denied: you may not use the socket " + path +
           "; its owner may, and who is in its group, if its mode and its folders' say so";
}

} // namespace

std::string shown(StreamName const& name) {
    return name.project() == k_default_project ? std::string(name.stream()) : name.full();
}

std::string why_refused(std::string_view token, Millis now, std::string_view project) {
    auto const claims = read_token(token);
    // The server does not say which tokens it takes.
    if (!claims)
        return "it is none that a project's key has signed, as ds token makes them, and not the "
               "one of --auth token, or one that the server's hook lets in";
    if (!project.empty() && claims->sub != project)
        return "it is for the project " + claims->sub + ", and the stream is in " +
               std::string(project);
    auto const second = count_ms(now) / 1'000;
    if (claims->exp <= second)
        return "it expired " + span(second - claims->exp) +
               " ago; sign another one with: ds token " + claims->sub + " --scope " +
               std::string(text_of(claims->scope));
    if (claims->nbf && *claims->nbf > second)
        return "it is not valid for another " + span(*claims->nbf - second);
    return "no key of the project " + claims->sub +
           " there has signed it; see what it says with: ds token --explain TOKEN";
}

Explanation explain(Denial const& denial, Doing doing, StreamName const& name,
                    std::string_view token) {
    if (!denial.moved_to.empty())
        return {ExitCode::failed, "the server has moved to " + without_password(denial.moved_to) +
                                      "; use --url " + without_password(denial.moved_to)};
    auto const code = code_of(denial.status);
    if (auto const full = what_is_full(denial); !full.empty())
        return {code, "stream " + shown(name) + ": " + full};
    switch (code) {
    case ExitCode::not_found: return {code, absent(denial, doing, name)};
    case ExitCode::conflict: return {code, conflict(denial, doing, name)};
    case ExitCode::refused: return {code, refused(denial, name, token)};
    default: break;
    }
    if (doing == Doing::append && denial.code == "INVALID_JSON" &&
        denial.message.find("follows the document") != std::string::npos)
        return {code, "stream " + shown(name) + ": " + denial.message +
                          "; if each line is a document, add --lines"};
    auto text = "stream " + shown(name) + ": " + denial.message;
    bool const about_offset = denial.code == "INVALID_OFFSET" ||
                              denial.code == "OFFSET_BEYOND_TAIL" ||
                              denial.message.find("Stream-Fork-Offset") != std::string::npos;
    if (doing == Doing::fork && about_offset) text = "--fork-offset: " + denial.message;
    if (denial.is_damage()) text += "; the server's operator sees more with: ds inspect --verify";
    if (doing == Doing::tail && denial.status == 400)
        text += "; read all of it with: ds tail " + quoted(name) + " --from start";
    return {code, std::move(text)};
}

ExitCode fail(Explanation const& why) {
    return fail(why.code, why.text);
}

Explanation explain(Error const& error, std::string_view url) {
    auto const server = without_password(url);
    switch (error.fault) {
    case Fault::unreachable:
        if (auto denied = socket_denied(server); !denied.empty())
            return {ExitCode::unreachable, std::move(denied)};
        if (error.what.find("wrong version number") != std::string::npos &&
            server.starts_with("https://"))
            return {ExitCode::unreachable, "what answers at " + server +
                                               " speaks plain HTTP; use --url http://" +
                                               server.substr(8)};
        if (server.starts_with(k_unix_scheme) &&
            error.what.find("localhost port") != std::string::npos)
            // libcurl tells of the host and port of the request, which nobody has named.
            return {ExitCode::unreachable, "no server answers at " + server +
                                               "; start one with: ds serve --listen " + server +
                                               ", or name another with --url"};
        return {ExitCode::unreachable,
                "no server answers at " + server + " (" + error.what +
                    "); start one with: ds serve, or name another with --url"};
    case Fault::invalid:
        if (error.what.starts_with(k_unknown_authority))
            return {ExitCode::unreachable, server + ": " + error.what + "; name it with --ca-file"};
        if (error.what.starts_with(k_bad_certificate))
            return {ExitCode::unreachable, server + ": " + error.what};
        return {ExitCode::misused, error.what};
    default: return {ExitCode::failed, error.what};
    }
}

} // namespace ds
