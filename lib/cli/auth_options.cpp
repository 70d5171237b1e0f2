// Options about tokens, and the files and variables that hold them.
#include "cli/auth_options.h"

#include "cli/command_line.h"
#include "cli/environment.h"
#include "cli/input.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace ds {
namespace {

constexpr std::size_t k_token_bytes_min = 16;

// Of the file, if one is named, else of the environment. Empty when neither says one.
Result<std::string> secret_of(std::string const& option, std::string const& file,
                              char const* variable) {
    auto token = environment_value(variable);
    if (!file.empty()) {
        auto read = read_secret(file);
        if (!read) return std::move(read).error().within(option);
        token = *std::move(read);
    }
    if (token.empty()) return token;
    auto const visible = [](char c) { return c > ' ' && c < '\x7f'; };
    if (token.size() < k_token_bytes_min || !std::all_of(token.begin(), token.end(), visible))
        return Error{Fault::invalid, (file.empty() ? variable : option) +
                                         ": a token has at least 16 printable characters, "
                                         "without blanks"};
    return token;
}

Result<void> check_hook(AuthChoice const& choice, access::AuthMode mode) {
    bool const hooked = mode == access::AuthMode::hook;
    if (hooked && choice.hook_url.empty())
        return Error{Fault::invalid,
                     "--auth hook needs --auth-url, such as http://127.0.0.1:9000/may"};
    if (!hooked && !choice.hook_url.empty())
        return Error{Fault::invalid, "--auth " + choice.mode +
                                         " asks no hook, but --auth-url names one; leave out one "
                                         "of the two, or say --auth hook"};
    if (!hooked) return {};
    if (auto fine = check_hook_url(choice.hook_url); !fine)
        return std::move(fine).error().within("--auth-url");
    return {};
}

access::AuthMode chosen_mode(AuthChoice const& choice) {
    return choice.mode == "projects" ? access::AuthMode::projects
           : choice.mode == "token"  ? access::AuthMode::token
           : choice.mode == "none"   ? access::AuthMode::none
           : hook_options(choice)    ? access::AuthMode::hook
                                     : access::AuthMode::automatic;
}

std::string who_comes(Reachable const& by) {
    return by.loopback ? "who comes through the proxy, as --trust-proxy and --public-url tell,"
                       : "on the network";
}

} // namespace

bool is_reached_from_elsewhere(Reachable const& by) {
    return !by.loopback || by.proxied || !by.public_url.empty();
}

Result<std::string> admin_token(std::string const& file) {
    return secret_of("--admin-token-file", file, "DS_ADMIN_TOKEN");
}

std::optional<HookOptions> hook_options(AuthChoice const& choice) {
    if (choice.mode != "hook" && (choice.mode != "auto" || choice.hook_url.empty()))
        return std::nullopt;
    HookOptions options;
    options.url = choice.hook_url;
    options.timeout =
        std::chrono::milliseconds(static_cast<std::int64_t>(choice.hook_timeout * 1000));
    return options;
}

std::string_view name_of(access::AuthMode mode) {
    switch (mode) {
    case access::AuthMode::automatic: return "auto";
    case access::AuthMode::projects: return "projects";
    case access::AuthMode::token: return "token";
    case access::AuthMode::hook: return "hook";
    case access::AuthMode::none: break;
    }
    return "none";
}

void add_auth_options(CommandLine& line, AuthChoice& choice) {
    line.also_reads("DS_AUTH_TOKEN");
    line.also_reads("DS_ADMIN_TOKEN");
    line.under("Access").settings({
        {"--auth", &choice.mode,
         "Who is let in. auto: whom the hook of --auth-url lets in, if there is one, else "
         "everybody until there is a project, if only this machine can reach the server: it "
         "listens on loopback, without --trust-proxy, --public-url and an administrator's "
         "token, and never had a project; "
         "projects: tokens of projects; token: one token for all; hook: whom the hook "
         "lets in; none: everybody",
         takes_one_of("auto|projects|token|hook|none")},
        {"--auth-url", &choice.hook_url,
         "This hook decides: it is asked with GET, and told method, path and headers. 2xx "
         "lets in, 401 and 403 refuse; max-age of its answer is how long that is kept",
         takes("URL")},
        {"--auth-timeout", &choice.hook_timeout,
         "What the hook does not decide within this time is answered 503",
         takes_measure(Measure::seconds, 0.1, 600)},
        {"--insecure", &choice.insecure,
         "Allow --auth none where other machines can reach the server: it listens for them, or "
         "has --trust-proxy or --public-url"},
        {"--auth-token-file", &choice.token_file,
         "The token of --auth token is in this file; else DS_AUTH_TOKEN is it", takes("FILE")},
        {"--admin-token-file", &choice.admin_token_file,
         "Who holds the token in this file may do everything, also create projects over "
         "HTTP; else DS_ADMIN_TOKEN is it",
         takes("FILE")},
        {"--cors-origin", &choice.cors_origins,
         "Pages of this origin may use the server, besides those that a project names; "
         "repeat for more. Without any: all pages, unless their project names some",
         takes_list("ORIGIN")},
    });
}

Result<access::AuthOptions> settled(AuthChoice const& choice, Reachable const& by) {
    access::AuthOptions auth;
    auth.mode = chosen_mode(choice);
    TRY(check_hook(choice, auth.mode));
    if (auth.mode == access::AuthMode::none && is_reached_from_elsewhere(by) && !choice.insecure)
        return Error{Fault::invalid,
                     "--auth none would let everybody " + who_comes(by) +
                         " read and write everything; add --insecure if that is meant"};
    auth.token = TRY(secret_of("--auth-token-file", choice.token_file, "DS_AUTH_TOKEN"));
    if (auth.mode == access::AuthMode::token && auth.token.empty())
        return Error{Fault::invalid, "--auth token needs DS_AUTH_TOKEN or --auth-token-file"};
    auth.admin_token = TRY(admin_token(choice.admin_token_file));
    auth.open_without_projects = !is_reached_from_elsewhere(by) && auth.admin_token.empty();
    auth.only_here = by.loopback && !by.proxied;
    auth.any_host = !by.ports;
    auth.public_url = by.public_url;
    for (auto const& origin : choice.cors_origins) {
        if (origin.empty()) continue; // a config file that says none
        if (auto const fine = check_origin(origin); !fine)
            return Error{Fault::invalid,
                         "--cors-origin " + origin + ": want * or scheme://host[:port]"};
        auth.cors_origins.push_back(origin);
    }
    return auth;
}

} // namespace ds
