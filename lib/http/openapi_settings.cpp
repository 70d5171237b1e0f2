// The routes of projects, their settings and their history, as rows of openapi_tables.h.
#include "http/openapi_tables.h"

#include <initializer_list>
#include <utility>
#include <vector>

namespace ds::http::openapi {

namespace {

using Codes = std::initializer_list<int>;

// One whose answers say how it is now.
Operation row(char const* path, char const* method, char const* id, char const* summary,
              char const* body, std::vector<Good> good, Codes errors) {
    return {path, method, id, summary, {}, {}, body, std::move(good), errors};
}

constexpr Codes k_setting{400, 401, 403, 404, 405, 408, 410, 413, 417, 429, 431, 503, 507};
constexpr Codes k_creating{400, 401, 403, 404, 405, 408, 410, 412, 413, 417, 429, 431, 503, 507};
constexpr Codes k_keys{400, 401, 403, 404, 405, 408, 409, 410, 413, 417, 429, 431, 503, 507};
constexpr Codes k_history{400, 401, 403, 405, 408, 413, 417, 429, 431, 503};

std::vector<Operation> of_projects() {
    constexpr char const* k_one = "/v1/config/{project}";
    Good const now{200, "The project as it is now", {}, k_json};
    auto show = row(k_one, "get", "settings", "The settings of a project", nullptr,
                    {{200, "Its settings", {"Cache-Control"}, k_json}}, k_setting);
    show.queries = {"include"};
    auto put = row(
        k_one, "put", "configure",
        "Replace them, or create the project; with If-None-Match: * only create it", k_json,
        {{200, "Replaced", {}, k_json}, {201, "The project was created", {}, k_json}}, k_creating);
    put.asked = {"If-None-Match"};
    return {std::move(show),
            std::move(put),
            row(k_one, "post", "changeSettings",
                "Change the settings that are given; never the secrets", k_json, {now}, k_setting),
            row(k_one, "delete", "removeProject",
                "Forget a project and its keys, as the administrator; its streams stay", nullptr,
                {{204, "It is forgotten"}}, k_setting),
            row("/v1/config/{project}/keys", "post", "addKey",
                "Add the secret of the body, or a new one, told this once: it signs from now on",
                k_json, {{201, "The project as it is now, and the secret", {}, k_json}}, k_keys),
            row("/v1/config/{project}/keys/{fingerprint}", "delete", "removeKey",
                "Remove a secret: what it signed is worthless at once", nullptr, {now}, k_keys),
            row("/v1/config", "get", "projects",
                "All projects with their settings, as the administrator", nullptr,
                {{200, "The projects", {"Cache-Control"}, k_json}}, k_setting),
            row("/v1/reader-key/{project}/{stream}", "post", "changeReaderKey",
                "Give a stream another reader key", nullptr,
                {{200, "The new key", {"Stream-Reader-Key"}, k_json}}, k_setting)};
}

std::vector<Operation> of_history() {
    constexpr char const* k_project = "/v1/retention/{project}";
    constexpr char const* k_stream = "/v1/retention/{project}/{stream}";
    constexpr char const* k_shows = "The limits of history that are set, as the administrator";
    constexpr char const* k_sets =
        "Replace them: ageMs, bytes and messages; without any there is no limit";
    Good const limits{200, "The limits", {"Cache-Control"}, k_json};
    return {row("/v1/retention", "get", "retentions", k_shows, nullptr, {limits}, k_history),
            row(k_project, "get", "projectRetention", k_shows, nullptr, {limits}, k_history),
            row(k_project, "put", "limitProject", k_sets, k_json, {limits}, k_history),
            row(k_stream, "get", "streamRetention", k_shows, nullptr, {limits}, k_history),
            row(k_stream, "put", "limitStream", k_sets, k_json, {limits}, k_history)};
}

} // namespace

std::vector<Operation> settings_operations() {
    auto all = of_projects();
    for (auto& more : of_history())
        all.push_back(std::move(more));
    return all;
}

} // namespace ds::http::openapi
