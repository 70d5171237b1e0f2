// Requests to their routes, and which of them may overlap.
#include "frontends/streams/stream_handler.h"

#include "frontends/streams/routing.h"
#include "protocol/headers.h"

namespace ds::streams {

namespace {

using http::Overlap;

// Who follows a stream waits for long.
bool is_live(Request const& request) {
    return !query_values(request.query, query::live).empty();
}

} // namespace

std::optional<http::Response> StreamHandler::refuse_head(http::Request const& request) {
    return refused_by_head(request, services_);
}

std::uint64_t StreamHandler::body_limit(http::Request const& request) {
    return body_limit_of(request, services_.options.session.request.body_bytes);
}

http::Overlap StreamHandler::overlap_of(http::Request const& request) {
    auto const found = route_table().find(request.method, request.path);
    if (found.route == nullptr || found.wrong) return {};
    auto const kind = found.route->overlap;
    if (kind == Overlap::Kind::read) return is_live(request) ? Overlap{} : Overlap{kind, 0};
    // A fork reads another stream.
    if (kind == Overlap::Kind::alone || request.find(header::stream_forked_from)) return {};
    return {kind, services_.engine.lane_of(found.target.project_name())};
}

void StreamHandler::handle(http::Exchange& exchange) {
    dispatch(exchange, services_);
}

void StreamHandler::on_answer(http::Exchange const& exchange, int status, std::uint64_t bytes) {
    if (services_.access_log.wants(status)) services_.access_log.note(exchange, status, bytes);
}

} // namespace ds::streams
