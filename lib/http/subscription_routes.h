// The routes of subscriptions, below the reserved prefix. (Protocol section 6)
//
//     <root> := /v1/stream/__ds/               paths are "project/stream"; for the administrator
//            |  /v1/stream/<project>/__ds/     paths are the project's own
//
//     GET    <root>jwks.json                              nobody is asked who it is
//     PUT    <root>subscriptions/<id>                     manage
//     GET    <root>subscriptions/<id>                     read
//     DELETE <root>subscriptions/<id>                     manage
//     POST   <root>subscriptions/<id>/streams             manage
//     DELETE <root>subscriptions/<id>/streams/<path>      manage
//     POST   <root>subscriptions/<id>/claim               write
//     POST   <root>subscriptions/<id>/callback            the token of the wake
//     POST   <root>subscriptions/<id>/ack                 the token of the claim
//     POST   <root>subscriptions/<id>/release             the token of the claim
//
// An error is {"error":{"code":..,"message":..}} here.
#pragma once

#include "http/connection.h"
#include "http/io_thread.h"
#include "http/request.h"
#include "jobs/webhooks/scope.h"

#include <optional>
#include <string>
#include <string_view>

namespace ds::http {

struct ControlPath {
    webhooks::SubscriptionScope scope;
    std::string rest; // behind the root, decoded
};
// Empty for the path of a stream.
std::optional<ControlPath> control_path(std::string_view path);

// Answers, or arranges for the answer.
void control(Connection& connection, Request& request, IoThread& io, ControlPath const& at);

} // namespace ds::http
