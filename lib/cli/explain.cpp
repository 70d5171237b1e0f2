// Denials and errors for people.
#include "cli/explain.h"

#include "cli/session.h"
#include "net/curl_fetch.h"

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
    if (doing == Doing::put) return "the stream to fork from does not exist: " + denial.message;
    if (denial.status == 410)
        return stream + " was deleted, and only its forks still hold its data; take another name";
    if (doing == Doing::other) return stream + " does not exist";
    return stream + " does not exist; create it with: ds put " + quoted(name);
}

std::string conflict(Denial const& denial, Doing doing, StreamName const& name) {
    auto const stream = "stream " + shown(name);
    if (doing == Doing::append && denial.stream_closed)
        return stream + " is closed and takes no more; go on in a fork of it with: ds put NEW" +
               " --fork-from " + quoted(name);
    if (doing == Doing::append && denial.code == "CONTENT_TYPE_MISMATCH")
        return stream + " has another content type; leave out --content-type to use the stream's";
    if (doing == Doing::put)
        return stream + " exists and differs from what was asked (" + denial.message +
               "); take another name, or read it with: ds tail " + quoted(name) + " --no-follow";
    if (doing == Doing::subscribe && denial.code == "CONTENT_TYPE_MISMATCH")
        return stream + ": " + denial.message +
               "; take another estuary, or leave --plain out or in as when it was made";
    return stream + ": " + denial.message;
}

std::string refused(Denial const& denial, StreamName const& name) {
    auto const stream = "stream " + shown(name) + ": ";
    switch (denial.status) {
    case 401: return stream + "the server asks for a token; give it with --token or DS_TOKEN";
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

} // namespace

std::string shown(StreamName const& name) {
    return name.project() == k_default_project ? std::string(name.stream()) : name.full();
}

Explanation explain(Denial const& denial, Doing doing, StreamName const& name) {
    auto const code = code_of(denial.status);
    switch (code) {
    case ExitCode::not_found: return {code, absent(denial, doing, name)};
    case ExitCode::conflict: return {code, conflict(denial, doing, name)};
    case ExitCode::refused: return {code, refused(denial, name)};
    default: break;
    }
    auto text = "stream " + shown(name) + ": " + denial.message;
    if (doing == Doing::tail && denial.status == 400)
        text += "; read all of it with: ds tail " + quoted(name) + " --from start";
    return {code, std::move(text)};
}

ExitCode fail(Explanation const& why) {
    return fail(why.code, why.text);
}

Explanation explain(Error const& error, std::string_view url) {
    auto const server = std::string(url);
    switch (error.fault) {
    case Fault::unreachable:
        return {ExitCode::unreachable,
                "no server answers at " + server + " (" + error.what +
                    "); start one with: ds serve, or name another with --url"};
    case Fault::invalid:
        if (error.what.starts_with(k_unknown_authority))
            return {ExitCode::unreachable, server + ": " + error.what + "; name it with --ca-file"};
        return {ExitCode::misused, error.what};
    default: return {ExitCode::failed, error.what};
    }
}

} // namespace ds
