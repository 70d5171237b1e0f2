// Where a read begins, who may share it, and the way to its page.
#include "http/read_routes.h"

#include "http/admission.h"
#include "http/io_thread.h"
#include "http/refusals.h"
#include "http/stream_answers.h"
#include "http/stream_requests.h"
#include "protocol/headers.h"

#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace ds::http {

namespace {

// A stream that is there, for who may read it; otherwise the answer has been given.
struct Readable {
    std::shared_ptr<Stream> stream;
    Pass pass;
};
std::optional<Readable> readable(Connection& connection, Request const& request, IoThread& io,
                                 StreamName const& name) {
    auto found = io.engine.find(name);
    auto const* const stream = std::get_if<std::shared_ptr<Stream>>(&found);
    bool const is_public = stream != nullptr && (*stream)->exposure.is_public;
    auto const pass =
        admitted(connection, request, io, {Right::read, name.project(), name.stream(), is_public});
    if (!pass) return std::nullopt;
    if (stream != nullptr) return Readable{*stream, *pass};
    connection.respond(refusal_response(std::get<Refusal>(found)));
    return std::nullopt;
}

// A response that took a token may be shared only under a URL that nobody can guess.
Sharing sharing_of(Request const& request, IoThread& io, Stream const& stream, Pass const& pass) {
    bool const kept_private =
        pass.cache_private ? *pass.cache_private : io.gate.is_cache_private(stream.name.project());
    if (stream.exposure.cache_private || kept_private || pass.by == Pass::By::url)
        return Sharing::never;
    if (pass.by == Pass::By::nobody) return Sharing::shared;
    auto const key = reader_key_in(request.query);
    return key && io.gate.is_reader_key(*key, stream.name, stream.id) ? Sharing::shared
                                                                      : Sharing::own;
}

// What may change at any time, or must be in no cache, is not in ours either.
Edge edge_of(Request const& request, IoThread const& io, ReadContext const& context) {
    if (!io.edge.is_on() || context.query.live == Live::sse || context.sharing == Sharing::never ||
        context.momentary)
        return Edge::none;
    for (auto const& [name, value] : request.headers)
        if (equals_ignoring_case(name, "Cache-Control") && wants_fresh(value)) return Edge::bypass;
    return Edge::use;
}

// The browser comes back with the offset of the last event that it has. It cannot take that back,
// so one that is not this stream's (any more) is passed over.
std::optional<ReadStart> resumed(Request const& request, Stream const& stream) {
    auto const id = request.find(header::last_event_id);
    auto const token = id ? parse_offset(*id) : Result<Offset>(Error{Fault::missing, {}});
    if (!token) return std::nullopt;
    auto const place = stream.read_from(*token);
    if (auto const* position = std::get_if<std::uint64_t>(&place)) return ReadStart{*position};
    if (std::holds_alternative<Stream::Beyond>(place)) return std::nullopt;
    bool const trimmed = std::get<Refusal>(place) == Refusal::offset_trimmed;
    return trimmed ? std::optional(ReadStart{stream.earliest()}) : std::nullopt;
}

std::variant<ReadStart, Refusal> start_of(Request const& request, Stream const& stream,
                                          ReadQuery const& query, Head const& head) {
    if (query.live == Live::sse)
        if (auto start = resumed(request, stream)) return *start;
    if (auto const* offset = std::get_if<Offset>(&query.from)) {
        auto const place = stream.read_from(*offset);
        if (auto const* position = std::get_if<std::uint64_t>(&place)) return ReadStart{*position};
        if (auto const* refusal = std::get_if<Refusal>(&place)) return *refusal;
        return ReadStart{head.end, *offset};
    }
    if (std::holds_alternative<FromNow>(query.from)) return ReadStart{head.end};
    if (query.last == 0) return ReadStart{stream.earliest()};
    if (auto const position = Engine::begin_of_last(stream, query.last))
        return ReadStart{*position};
    return ReadStart{head.end, {}, query.last};
}

void begin_live(Connection& connection, Request const& request, IoThread& io,
                std::shared_ptr<Stream> const& stream, ReadStart const& start,
                ReadContext context) {
    std::unique_ptr<ReaderSeats> seats;
    if (io.limits.on()) {
        auto taken = io.limits.seat_reader(*connection.guest(), request, stream->name,
                                           std::chrono::steady_clock::now());
        if (auto* refused = std::get_if<Response>(&taken))
            return connection.respond(std::move(*refused));
        seats = std::get<std::unique_ptr<ReaderSeats>>(std::move(taken));
    }
    io.engine.touch(stream);
    io.live.begin(connection, stream, start, std::move(context), std::move(seats));
}

// What is read from the tail, or beyond it, which is then told as the next place as well.
void answer_with_nothing(Connection& connection, IoThread& io, Stream const& stream, Head head,
                         ReadStart const& start, ReadContext const& context) {
    if (start.beyond) head.tail = *start.beyond;
    connection.respond(io.edge.answer(stream, empty_page(stream, head), context).response);
}

void catch_up(Connection& connection, IoThread& io, std::shared_ptr<Stream> const& stream,
              ReadStart const& start, ReadContext context) {
    auto const limit = context.query.limit == 0 ? k_no_limit : context.query.limit;
    ReplyTo const reply_to{&io, connection.ticket()};
    if (start.last > 0) {
        if (!io.engine.last_page_later(stream, start.last, limit, reply_to))
            return connection.respond(refusal_response(Refusal::busy));
        return connection.await_page(stream, std::move(context));
    }
    auto const from = start.position;
    if (auto known = io.edge.find(*stream, from, context))
        return connection.respond(*std::move(known));
    if (context.if_none_match && !context.momentary)
        if (auto same = unchanged_response(*stream, from, *context.if_none_match, context)) {
            EdgeCache::mark(*same, context);
            return connection.respond(*std::move(same));
        }
    if (auto const page = io.engine.page_now(*stream, from, limit))
        return connection.respond(io.edge.answer(*stream, *page, context).response);
    if (!io.engine.page_later(stream, from, limit, reply_to))
        return connection.respond(refusal_response(Refusal::busy));
    connection.await_page(stream, std::move(context));
}

} // namespace

void answer_read(Connection& connection, Request const& request, IoThread& io,
                 StreamName const& name) {
    auto const allowed = readable(connection, request, io, name);
    if (!allowed) return;
    auto const& stream = allowed->stream;
    auto parsed = read_query(request.query);
    if (auto* wrong = std::get_if<Response>(&parsed)) return connection.respond(std::move(*wrong));
    ReadContext context;
    context.query = std::get<ReadQuery>(parsed);
    auto const live = context.query.live;
    auto const head = stream->head();
    auto const found = start_of(request, *stream, context.query, head);
    if (auto const* refusal = std::get_if<Refusal>(&found))
        return connection.respond(offset_response(*refusal, *stream));
    auto const& start = std::get<ReadStart>(found);
    bool const now = std::holds_alternative<FromNow>(context.query.from);
    context.momentary = now || start.beyond || context.query.last > 0;
    context.directory = io.engine.identity();
    context.controls = &io.cache_controls;
    context.now = io.engine.clock().now();
    context.sharing = sharing_of(request, io, *stream, allowed->pass);
    context.edge = edge_of(request, io, context);
    // A live reader may still be refused, and a refusal does not renew the lifetime.
    if (live == Live::no) io.engine.touch(stream);

    auto const tag = request.find("If-None-Match");
    if (tag && live != Live::sse) context.if_none_match = std::string(*tag);
    if (live != Live::no)
        return begin_live(connection, request, io, stream, start, std::move(context));
    if (now || start.beyond)
        return answer_with_nothing(connection, io, *stream, head, start, context);
    catch_up(connection, io, stream, start, std::move(context));
}

void answer_head(Connection& connection, Request const& request, IoThread& io,
                 StreamName const& name) {
    auto const allowed = readable(connection, request, io, name);
    if (!allowed) return;
    auto response = head_response(*allowed->stream);
    if (allowed->pass.by != Pass::By::nobody)
        response.add(header::stream_reader_key, io.gate.reader_key(name, allowed->stream->id));
    connection.respond(std::move(response));
}

} // namespace ds::http
