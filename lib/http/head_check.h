// What is decided of a request when its head is there and its body is not: whoever would be refused
// in any case is told at once, and its body is not taken.
#pragma once

#include "http/request.h"
#include "http/response.h"

#include <cstdint>
#include <optional>

namespace ds::http {

class IoThread;

// The answer, if no body could change it: a foreign page, or credentials that are missing,
// worthless or not for this. What only an external hook can say is left for later.
std::optional<Response> refused_by_head(Request const& request, IoThread& io);

// The most bytes that a body for this path may have. Appends have the limit of the server;
// everything else is a small document.
std::uint64_t body_limit_of(Request const& request, std::uint64_t of_appends);

} // namespace ds::http
