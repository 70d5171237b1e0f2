// Settings of a project, read and written as JSON.
#include "auth/project.h"

#include "base/crypto.h"
#include "base/encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ds {

namespace {

using nlohmann::json;

constexpr std::size_t k_origin_bytes_max = 256;
constexpr std::size_t k_new_secret_bytes = 32;

Error wrong(std::string const& what) {
    return {Fault::invalid, what};
}

// Each of these changes nothing when there is no such member.
Result<void> read_texts(json const& document, char const* name, std::size_t most,
                        std::vector<std::string>& into) {
    auto const found = document.find(name);
    if (found == document.end()) return {};
    auto const what = std::string(name) + " must be a list of texts";
    if (!found->is_array()) return wrong(what);
    if (found->size() > most)
        return wrong(std::string(name) + ": at most " + std::to_string(most) + " are possible");
    std::vector<std::string> texts;
    for (auto const& element : *found) {
        if (!element.is_string()) return wrong(what);
        texts.push_back(element.get<std::string>());
    }
    into = std::move(texts);
    return {};
}

Result<void> read_flag(json const& document, char const* name, bool& into) {
    auto const found = document.find(name);
    if (found == document.end()) return {};
    if (!found->is_boolean()) return wrong(std::string(name) + " must be true or false");
    into = found->get<bool>();
    return {};
}

Result<void> read_number(json const& document, char const* name, std::uint64_t most,
                         std::uint64_t& into) {
    auto const found = document.find(name);
    if (found == document.end()) return {};
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > most)
        return wrong(std::string(name) + " must be a whole number, 0 to " + std::to_string(most));
    into = found->get<std::uint64_t>();
    return {};
}

Result<json> object_of(std::string_view text) {
    auto document = json::parse(text, nullptr, false);
    if (document.is_discarded()) return wrong("the settings are no JSON");
    if (!document.is_object()) return wrong("the settings must be a JSON object");
    return document;
}

Result<void> check_secrets(std::vector<std::string> const& secrets, std::size_t least) {
    if (secrets.empty()) return wrong("signingSecrets must have at least one secret");
    for (auto const& secret : secrets)
        if (secret.size() < least || secret.size() > k_secret_bytes_max)
            return wrong("signingSecrets: a secret has " + std::to_string(least) + " to " +
                         std::to_string(k_secret_bytes_max) + " bytes");
    return {};
}

// The members that are there, in the place of what `settings` had.
Result<ProjectSettings> settings_in(json const& document, ProjectSettings settings = {}) {
    TRY(read_texts(document, "signingSecrets", k_secrets_max, settings.signing_secrets));
    TRY(read_texts(document, "corsOrigins", k_origins_max, settings.cors_origins));
    for (auto const& origin : settings.cors_origins)
        TRY(check_origin(origin));
    TRY(read_flag(document, "isPublic", settings.is_public));
    TRY(read_flag(document, "queryToken", settings.query_token));
    TRY(read_flag(document, "cookieToken", settings.cookie_token));
    TRY(read_number(document, "maxEstuaries", k_estuaries_most, settings.estuaries_max));
    if (auto const mode = document.find("cacheMode"); mode != document.end()) {
        if (*mode != "shared" && *mode != "private")
            return wrong("cacheMode must be \"shared\" or \"private\"");
        settings.cache_private = *mode == "private";
    }
    return settings;
}

Result<void> check_members(json const& document) {
    for (auto const& [key, value] : document.items())
        if (key != "signingSecrets" && key != "corsOrigins" && key != "isPublic" &&
            key != "cacheMode" && key != "queryToken" && key != "cookieToken" &&
            key != "maxEstuaries")
            return wrong("the settings have a member that is unknown");
    return {};
}

} // namespace

Result<ProjectSettings> parse_settings(std::string_view document) {
    auto const parsed = TRY(object_of(document));
    TRY(check_members(parsed));
    auto settings = TRY(settings_in(parsed));
    TRY(check_secrets(settings.signing_secrets, k_secret_bytes_min));
    return settings;
}

Result<ProjectSettings> change_settings(ProjectSettings before, std::string_view changes) {
    auto const parsed = TRY(object_of(changes));
    if (parsed.contains("signingSecrets"))
        return wrong("secrets are changed with add-key and remove-key");
    TRY(check_members(parsed));
    return settings_in(parsed, std::move(before));
}

Result<ProjectSettings> import_settings(std::string_view document) {
    auto const parsed = TRY(object_of(document));
    auto settings = TRY(settings_in(parsed));
    if (auto const legacy = parsed.find("signingSecret"); legacy != parsed.end()) {
        if (!legacy->is_string()) return wrong("signingSecret must be a text");
        if (settings.signing_secrets.empty())
            settings.signing_secrets.push_back(legacy->get<std::string>());
    }
    TRY(check_secrets(settings.signing_secrets, 1));
    return settings;
}

std::string write_settings(ProjectSettings const& settings, Secrets secrets) {
    nlohmann::ordered_json document;
    if (secrets == Secrets::shown) document["signingSecrets"] = settings.signing_secrets;
    document["corsOrigins"] = settings.cors_origins;
    document["isPublic"] = settings.is_public;
    document["cacheMode"] = settings.cache_private ? "private" : "shared";
    document["queryToken"] = settings.query_token;
    document["cookieToken"] = settings.cookie_token;
    document["maxEstuaries"] = settings.estuaries_max;
    return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<void> check_secret(std::string_view secret) {
    return check_secrets({std::string(secret)}, k_secret_bytes_min);
}

Result<void> check_origin(std::string_view origin) {
    if (origin == "*") return {};
    auto const scheme = origin.find("://");
    auto const visible = [](char c) { return c > ' ' && c < '\x7f' && c != ','; };
    bool const whole = scheme != std::string_view::npos && scheme > 0 &&
                       origin.size() <= k_origin_bytes_max && origin.size() > scheme + 3 &&
                       std::ranges::all_of(origin, visible) &&
                       origin.find_first_of("/?#@\\", scheme + 3) == std::string_view::npos;
    if (whole) return {};
    return wrong("corsOrigins: an origin is * or scheme://host[:port], without a path");
}

std::string new_secret() {
    std::string secret;
    do
        secret = base64url_encode(random_bytes(k_new_secret_bytes));
    while (secret.starts_with('-'));
    return secret;
}

} // namespace ds
