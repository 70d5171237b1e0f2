// The routes: method and path to what is to be done. Each parses, asks, and leaves the answer to
// arrive.
#pragma once

#include "engine/engine.h"
#include "http/connection.h"
#include "http/options.h"
#include "http/request.h"

#include <string>

namespace ds::http {

// Answers the request, or arranges for its answer, by exactly one call on the connection.
void route(Connection& connection, Request& request, IoThread& io);
// The same request once more, now that the hook has said something of it. It was counted before.
void route_again(Connection& connection, Request& request, IoThread& io);

// What the URLs that we hand out begin with: "https://streams.example.com".
std::string origin_seen(Connection const& connection, Request const& request,
                        HttpOptions const& options);

} // namespace ds::http
