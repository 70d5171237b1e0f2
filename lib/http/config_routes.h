// The settings of a project over HTTP, for who holds a manage token of it, or the administrator's.
//
//     GET    /v1/config/<project>                         its settings, without the secrets
//     GET    /v1/config/<project>?include=signingSecrets  with them
//     GET    /v1/config/<project>?include=keys            with fingerprints of them, and its name
//     PUT    /v1/config/<project>                         replaces them: {"ok":true}
//     POST   /v1/config/<project>                         changes the members that are given, but
//                                                         never the secrets
//     POST   /v1/config/<project>/keys                    another secret, {"secret"?}: it signs
//     DELETE /v1/config/<project>/keys/<fingerprint>
//     POST   /v1/reader-key/<project>/<stream>            another reader key: {"readerKey":".."}
//
// For the administrator alone, or who has the one token for everything:
//
//     GET    /v1/config                                   {"projects":[{..},..]}
//     DELETE /v1/config/<project>                         its streams stay, and nobody reaches them
//
// A PUT for a project that is not there creates it, which only the administrator can; with
// "If-None-Match: *" it replaces none. (Reference section 5.5)
#pragma once

#include "http/io_thread.h"
#include "http/request.h"

#include <string_view>

namespace ds::http {

inline constexpr std::string_view k_projects_path = "/v1/config";
inline constexpr std::string_view k_config_root = "/v1/config/";
inline constexpr std::string_view k_reader_key_root = "/v1/reader-key/";

// The stream that a path below it is about.
Result<StreamName> reader_key_stream(std::string_view path);

void answer_config(Connection& connection, Request const& request, IoThread& io);
void answer_reader_key(Connection& connection, Request const& request, IoThread& io);

} // namespace ds::http
