// The description of every route, for machines: an OpenAPI 3.1 document, served at /openapi.json.
//
// A test holds it against the sources (every code and header that we can answer is in it) and
// against a running server.
#pragma once

#include "base/bytes.h"
#include "frontends/streams/route_table.h"

namespace ds::streams {

Bytes openapi_document(RouteTable const& routes);

} // namespace ds::streams
