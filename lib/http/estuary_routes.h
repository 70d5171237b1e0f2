// The routes below /v1/estuary: who may, what is asked, and the answer left to arrive.
#pragma once

#include "http/connection.h"
#include "http/estuary_requests.h"
#include "http/request.h"

namespace ds::http {

// All methods but OPTIONS.
void route_estuary(Connection& connection, Request& request, IoThread& io, EstuaryPath path);

} // namespace ds::http
