// Dispatch by path and method, and the first half of every stream operation.
#include "http/stream_routes.h"

#include "http/io_thread.h"
#include "http/refusals.h"
#include "http/stream_answers.h"
#include "http/stream_requests.h"
#include "protocol/stream_name.h"

#include <utility>

namespace ds::http {

namespace {

constexpr std::string_view k_methods = "GET, HEAD, PUT, POST, DELETE, OPTIONS";

Response plain(int status, std::string_view text) {
    Response response(status);
    response.add("Content-Type", "text/plain").add("Cache-Control", "no-store");
    return std::move(response.body(Bytes(std::string(text))));
}

Response preflight() {
    Response response(204);
    response.add("Access-Control-Allow-Methods", k_methods);
    response.add(
        "Access-Control-Allow-Headers",
        "Content-Type, Authorization, If-None-Match, Cache-Control, Stream-Seq, Stream-TTL, "
        "Stream-Expires-At, Stream-Closed, Stream-Forked-From, Stream-Fork-Offset, "
        "Stream-Fork-Sub-Offset, Stream-Framing, Producer-Id, Producer-Epoch, "
        "Producer-Seq, Last-Event-ID");
    response.add("Access-Control-Max-Age", "86400");
    return response;
}

Response wrong_method(std::string_view allowed) {
    auto response =
        error_response(405, "METHOD_NOT_ALLOWED", "this method is not for this resource");
    response.add("Allow", allowed);
    return response;
}

Response health(IoThread& io, Method method) {
    if (method == Method::options) return preflight();
    if (method != Method::get && method != Method::head) return wrong_method("GET, HEAD, OPTIONS");
    if (auto const why = io.engine.sickness())
        return plain(503, "writes fail: " + *why + "\n").add("Retry-After", "1");
    // Appends are as safe as ever: whoever balances load need not look elsewhere.
    if (auto const why = io.engine.store_sickness())
        return plain(200, "ok, but the object store fails: " + *why + "\n");
    return plain(200, "ok");
}

std::string absolute_url(Connection const& connection, Request const& request,
                         HttpOptions const& options) {
    std::string url = options.public_url;
    if (url.empty()) {
        auto const client = connection.client_of(request);
        url.append(client.scheme).append("://").append(client.host);
    }
    return url.append(request.path);
}

void submit(Connection& connection, IoThread& io, std::variant<Ask, Response> parsed,
            std::string location) {
    if (auto* wrong = std::get_if<Response>(&parsed)) return connection.respond(std::move(*wrong));
    if (!io.engine.submit(std::get<Ask>(parsed), {&io, connection.ticket()}))
        return connection.respond(refusal_response(Refusal::busy));
    connection.await_answer(std::move(location));
}

void read(Connection& connection, Request const& request, IoThread& io, StreamName const& name) {
    auto parsed = read_query(request.query);
    if (auto* wrong = std::get_if<Response>(&parsed)) return connection.respond(std::move(*wrong));
    ReadContext context;
    context.query = std::get<ReadQuery>(parsed);
    context.directory = io.engine.identity();
    context.now = io.clock.now();
    auto found = io.engine.find(name);
    if (auto const* refusal = std::get_if<Refusal>(&found))
        return connection.respond(refusal_response(*refusal));
    auto const& stream = std::get<std::shared_ptr<Stream>>(found);

    auto from = stream->earliest();
    auto const& where = context.query.from;
    if (std::holds_alternative<FromNow>(where)) from = stream->head().end;
    if (auto const* offset = std::get_if<Offset>(&where)) {
        auto const place = stream->resolve(*offset);
        if (auto const* refusal = std::get_if<Refusal>(&place))
            return connection.respond(*refusal == Refusal::offset_trimmed
                                          ? trimmed_response(*stream)
                                          : refusal_response(*refusal));
        from = std::get<std::uint64_t>(place);
    }
    io.engine.touch(stream);

    auto const tag = request.find("If-None-Match");
    if (tag && context.query.live != Live::sse) context.if_none_match = std::string(*tag);
    if (context.query.live != Live::no)
        return io.live.begin(connection, stream, from, std::move(context));
    if (std::holds_alternative<FromNow>(where))
        return connection.respond(
            page_response(*stream, empty_page(*stream, stream->head()), context));
    if (tag)
        if (auto unchanged = unchanged_response(*stream, from, *tag, context))
            return connection.respond(*std::move(unchanged));
    auto const limit = context.query.limit == 0 ? k_no_limit : context.query.limit;
    if (auto const page = io.engine.page_now(*stream, from, limit))
        return connection.respond(page_response(*stream, *page, context));
    if (!io.engine.page_later(stream, from, limit, {&io, connection.ticket()}))
        return connection.respond(refusal_response(Refusal::busy));
    connection.await_page(stream, std::move(context));
}

void head(Connection& connection, IoThread& io, StreamName const& name) {
    auto const found = io.engine.find(name);
    if (auto const* refusal = std::get_if<Refusal>(&found))
        return connection.respond(refusal_response(*refusal));
    connection.respond(head_response(*std::get<std::shared_ptr<Stream>>(found)));
}

void stream(Connection& connection, Request& request, IoThread& io) {
    if (request.method == Method::options) return connection.respond(preflight());
    auto name = parse_stream_path(request.path);
    if (!name)
        return connection.respond(
            error_response(400, "MISSING_PROJECT_OR_STREAM_ID", name.error().what));
    if (is_reserved(*name)) return connection.respond(plain(404, "not found"));
    switch (request.method) {
    case Method::get: return read(connection, request, io, *name);
    case Method::head: return head(connection, io, *name);
    case Method::put:
        return submit(connection, io, create_ask(request, *std::move(name)),
                      absolute_url(connection, request, io.options));
    case Method::post: return submit(connection, io, append_ask(request, *std::move(name)), {});
    case Method::remove: return submit(connection, io, Ask(Remove{*std::move(name)}), {});
    case Method::options:
    case Method::other: return connection.respond(wrong_method(k_methods));
    }
}

} // namespace

void route(Connection& connection, Request& request, IoThread& io) {
    if (request.path == "/health") return connection.respond(health(io, request.method));
    bool const is_stream =
        request.path.starts_with(k_stream_root) && request.path.size() > k_stream_root.size();
    if (is_stream) return stream(connection, request, io);
    connection.respond(plain(404, "not found"));
}

} // namespace ds::http
