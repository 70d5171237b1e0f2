// The description of every route, for machines: an OpenAPI 3.1 document, served at /openapi.json.
//
// A test holds it against the sources (every code and header that we can answer is in it) and
// against a running server.
#pragma once

#include "base/bytes.h"

#include <string_view>

namespace ds::http {

inline constexpr std::string_view k_openapi_path = "/openapi.json";

// Made once; the same bytes for all.
Bytes const& openapi_document();

} // namespace ds::http
