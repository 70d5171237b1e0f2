// Lets a request in, or not: the gate first, then the external hook where there is one.
#pragma once

#include "http/gate.h"
#include "http/request.h"

#include <optional>
#include <variant>

namespace ds::http {

class Connection;
class IoThread;

// How the request is let in, or why not. Empty when the connection waits for the hook: then the
// route is run once more when that has spoken, and comes through here again. So nothing may have
// been done to the request, or because of it, before.
std::optional<std::variant<Pass, Response>>
admission(Connection& connection, Request const& request, IoThread& io, Errand const& errand);
// The same for a route that has nothing to say to a refusal: empty, too, when that is the answer.
std::optional<Pass> admitted(Connection& connection, Request const& request, IoThread& io,
                             Errand const& errand);

} // namespace ds::http
