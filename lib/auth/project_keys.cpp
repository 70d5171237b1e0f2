// Changes of the list of secrets, and projects as JSON.
#include "auth/project_keys.h"

#include "base/crypto.h"
#include "base/encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace ds {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t k_fingerprint_digits = 8;

Json document_of(Project const& project) {
    Json keys = Json::array();
    for (auto const& secret : project.settings.signing_secrets)
        keys.push_back(fingerprint_of(secret));
    Json whole{{"name", project.name}, {"keys", std::move(keys)}};
    whole.update(Json::parse(write_settings(project.settings, Secrets::hidden)));
    whole["created"] = format_rfc3339(project.created);
    return whole;
}

} // namespace

std::string fingerprint_of(std::string_view secret) {
    return hex_encode(sha256(secret)).substr(0, k_fingerprint_digits);
}

Result<void> add_secret(ProjectSettings& settings, std::string const& secret) {
    TRY(check_secret(secret));
    auto& all = settings.signing_secrets;
    if (std::ranges::find(all, secret) != all.end())
        return Error{Fault::busy, "the project has this key already"};
    if (all.size() >= k_secrets_max)
        return Error{Fault::busy, "the project has as many keys as can be; remove one first"};
    all.insert(all.begin(), secret);
    return {};
}

Result<void> remove_secret(ProjectSettings& settings, std::string_view fingerprint) {
    auto& all = settings.signing_secrets;
    auto const found = std::ranges::find(all, fingerprint, fingerprint_of);
    if (found == all.end())
        return Error{Fault::missing,
                     "the project has no key with the fingerprint " + std::string(fingerprint)};
    if (all.size() == 1) return Error{Fault::busy, "Cannot remove the last signing key"};
    all.erase(found);
    return {};
}

std::string describe(Project const& project) {
    return document_of(project).dump();
}

std::string describe(Projects::Directory const& directory) {
    Json all = Json::array();
    for (auto const& [name, project] : directory.projects)
        all.push_back(document_of(*project));
    return Json{{"projects", std::move(all)}}.dump();
}

} // namespace ds
