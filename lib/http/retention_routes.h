// How much history is kept, over HTTP. For the administrator alone, or who has the one token for
// everything: what a project may keep is the operator's affair.
//
//     GET /v1/retention                        {"retention":[{"scope","ageMs","bytes","messages"}]}
//     GET /v1/retention/<project>[/<stream>]   the same, of that scope: one, or none
//     PUT /v1/retention/<project>[/<stream>]   {"ageMs"?,"bytes"?,"messages"?}: replaces what was
//                                              set; all 0 or left out: no limit of its own
#pragma once

#include "http/io_thread.h"
#include "http/request.h"

#include <string_view>

namespace ds::http {

inline constexpr std::string_view k_retention_path = "/v1/retention";

// Whether the path is one of these; then it is answered.
bool answer_retention(Connection& connection, Request const& request, IoThread& io);

} // namespace ds::http
