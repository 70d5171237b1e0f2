// Lets a request in, or not: the gate first, then the external hook where there is one.
#pragma once

#include "http/gate.h"
#include "http/request.h"

#include <optional>

namespace ds::http {

class Connection;
class IoThread;

// Empty when the connection has its answer, or waits for the hook's: then the route is run once
// more when that has come, and comes through here again. So nothing may have been done to the
// request, or because of it, before.
std::optional<Pass> admitted(Connection& connection, Request const& request, IoThread& io,
                             Errand const& errand);

} // namespace ds::http
