// The way of a request to its route: what is refused before its body is taken, and then in this
// order: foreign pages, limits of the address, preflights, bad paths, conditions, methods, access,
// limits of the project. (event loop)
//
// Where the external hook has to be asked, the exchange waits with what was decided so far, and
// goes on from there with the verdict.
#pragma once

#include "frontends/streams/http_names.h"
#include "frontends/streams/route_table.h"
#include "frontends/streams/services.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ds::streams {

// What the URLs that we hand out begin with: "https://streams.example.com".
std::string origin_seen(Exchange const& exchange, Services const& services);

// Answers the request, or arranges for its answer.
void dispatch(Exchange& exchange, Services& services, RouteTable const& routes = route_table());

// The answer, if no body could change it: a foreign page, or credentials that are missing,
// worthless or not for this. What only an external hook can say is left for later.
std::optional<Response> refused_by_head(Request const& request, Services& services,
                                        RouteTable const& routes = route_table());

// The most bytes that a body for this path may have, of those that any may have.
std::uint64_t body_limit_of(Request const& request, std::uint64_t of_appends,
                            RouteTable const& routes = route_table());

} // namespace ds::streams
