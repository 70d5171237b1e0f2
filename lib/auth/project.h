// What is set for a project: its keys, who may call from which page, and what caches may keep.
//
// As a JSON document, in the registry and on the config routes:
//     {"signingSecrets":["first signs, all verify",..], "corsOrigins":["https://app.example",..],
//      "isPublic":false, "cacheMode":"shared"|"private", "queryToken":false, "cookieToken":false,
//      "maxEstuaries":1000}
#pragma once

#include "base/result.h"
#include "model/estuary.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct ProjectSettings {
    std::vector<std::string> signing_secrets; // at least one
    std::vector<std::string> cors_origins;
    bool is_public = false;                        // anyone may read its streams
    bool cache_private = false;                    // no shared cache may keep what is read
    bool query_token = false;                      // reads may bring their token as ?token=
    bool cookie_token = false;                     // or as the cookie ds_token
    std::uint64_t estuaries_max = k_estuaries_max; // who may read makes them

    friend bool operator==(ProjectSettings const&, ProjectSettings const&) = default;
};

inline constexpr std::size_t k_secrets_max = 16;
inline constexpr std::size_t k_secret_bytes_min = 16;
inline constexpr std::size_t k_secret_bytes_max = 4096;
inline constexpr std::size_t k_origins_max = 64;
inline constexpr std::uint64_t k_estuaries_most = 1'000'000; // that can be set

// A member that is missing has its preset value, but for the secrets. Fault::invalid names the
// member that is wrong, and never its value. Members that we do not know are errors.
Result<ProjectSettings> parse_settings(std::string_view document);
// `before` with the members that are given; never the secrets. Fault::invalid as above.
Result<ProjectSettings> change_settings(ProjectSettings before, std::string_view changes);
// A record of the hosted reference system: also {"signingSecret":".."}, short secrets, and members
// that we do not know.
Result<ProjectSettings> import_settings(std::string_view document);
enum class Secrets { shown, hidden };
std::string write_settings(ProjectSettings const& settings, Secrets secrets);

Result<void> check_secret(std::string_view secret);
// "*", or scheme://host[:port] as browsers send it.
Result<void> check_origin(std::string_view origin);
// Nobody can guess it: 32 random bytes, as base64url. A command line takes it for no option: it
// does not begin with a dash.
std::string new_secret();

} // namespace ds
