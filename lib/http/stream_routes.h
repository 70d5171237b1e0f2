// The routes: method and path to what is to be done. Each parses, asks, and leaves the answer to
// arrive.
#pragma once

#include "engine/engine.h"
#include "http/connection.h"
#include "http/options.h"
#include "http/request.h"

namespace ds::http {

// Answers the request, or arranges for its answer, by exactly one call on the connection.
void route(Connection& connection, Request& request, IoThread& io);
// The same request once more, now that the hook has said something of it. It was counted before.
void route_again(Connection& connection, Request& request, IoThread& io);

} // namespace ds::http
