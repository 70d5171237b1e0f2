// GET and HEAD of a stream: where a read begins, who may share it, and the way to its page.
#include "frontends/streams/refusals.h"
#include "frontends/streams/route.h"
#include "frontends/streams/stream_answers.h"
#include "frontends/streams/stream_requests.h"
#include "frontends/streams/waiting.h"
#include "protocol/headers.h"

#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace ds::streams {

namespace {

// The stream that the request is about; null when there is none, and the answer has been given.
std::shared_ptr<Stream> stream_of(Exchange& exchange, Services& services, Call& call) {
    if (!call.found) call.found = services.engine.find(call.target.name);
    if (auto* const stream = std::get_if<std::shared_ptr<Stream>>(&*call.found))
        return std::move(*stream);
    exchange.respond(refusal_response(std::get<Refusal>(*call.found)));
    return nullptr;
}

// A response that took a token may be shared only under a URL that nobody can guess.
Sharing sharing_of(Request const& request, Services& services, Stream const& stream,
                   access::Granted const& granted) {
    using By = access::Granted::By;
    auto const is_private = [&] {
        if (granted.cache_private) return *granted.cache_private;
        auto const* const project = services.access.project(stream.name.project());
        return project != nullptr && project->settings.cache_private;
    };
    if (stream.exposure.cache_private || is_private() || granted.by == By::exposed)
        return Sharing::never;
    if (granted.by == By::nobody) return Sharing::shared;
    auto const key = reader_key_in(request.query);
    return key && services.access.is_reader_key(*key, stream.name, stream.id) ? Sharing::shared
                                                                              : Sharing::own;
}

// What may change at any time, or must be in no cache, is not in ours either.
Edge edge_of(Request const& request, Services const& services, ReadContext const& context) {
    if (!services.edge.is_on() || context.query.live == Live::sse ||
        context.sharing == Sharing::never || context.momentary)
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

void begin_live(Exchange& exchange, Services& services, std::shared_ptr<Stream> const& stream,
                ReadStart const& start, ReadContext context) {
    std::unique_ptr<quota::ReaderSlots> slots;
    if (auto const* const client = client_of(exchange); client != nullptr) {
        auto taken = services.quota.take_reader(*client, stream->name.project(),
                                                exchange.request().body.size(),
                                                std::chrono::steady_clock::now());
        if (auto const* over = std::get_if<quota::Exceeded>(&taken))
            return exchange.respond(exceeded_response(ErrorForm::flat, *over));
        slots = std::get<std::unique_ptr<quota::ReaderSlots>>(std::move(taken));
    }
    services.engine.touch(stream);
    services.live.begin(exchange, stream, start, std::move(context), std::move(slots));
}

// What is read from the tail, or beyond it, which is then told as the next place as well.
void answer_with_nothing(Exchange& exchange, Services& services, Stream const& stream, Head head,
                         ReadStart const& start, ReadContext const& context) {
    if (start.beyond) head.tail = *start.beyond;
    exchange.respond(services.edge.answer(stream, empty_page(stream, head), context).response);
}

void catch_up(Exchange& exchange, Services& services, std::shared_ptr<Stream> const& stream,
              ReadStart const& start, ReadContext context) {
    auto const limit = context.query.limit == 0 ? k_no_limit : context.query.limit;
    ReplyTo const reply_to{&services, exchange.ticket()};
    if (start.last > 0) {
        if (!services.engine.last_page_later(stream, start.last, limit, reply_to))
            return exchange.respond(refusal_response(Refusal::busy));
        return await_page(exchange, services, stream, std::move(context));
    }
    auto const from = start.position;
    if (auto known = services.edge.find(*stream, from, context))
        return exchange.respond(*std::move(known));
    if (context.if_none_match && !context.momentary)
        if (auto same = unchanged_response(*stream, from, *context.if_none_match, context)) {
            EdgeCache::mark(*same, context);
            return exchange.respond(*std::move(same));
        }
    if (auto const page = services.engine.page_now(*stream, from, limit))
        return exchange.respond(services.edge.answer(*stream, *page, context).response);
    if (!services.engine.page_later(stream, from, limit, reply_to))
        return exchange.respond(refusal_response(Refusal::busy));
    await_page(exchange, services, stream, std::move(context));
}

void answer_read(Exchange& exchange, Services& services, Call& call) {
    auto const& request = exchange.request();
    auto const stream = stream_of(exchange, services, call);
    if (!stream) return;
    auto parsed = read_query(request.query);
    if (auto* wrong = std::get_if<Response>(&parsed)) return exchange.respond(std::move(*wrong));
    ReadContext context;
    context.query = std::get<ReadQuery>(parsed);
    auto const live = context.query.live;
    auto const head = stream->head();
    auto const found = start_of(request, *stream, context.query, head);
    if (auto const* refusal = std::get_if<Refusal>(&found))
        return exchange.respond(offset_response(*refusal, *stream));
    auto const& start = std::get<ReadStart>(found);
    bool const now = std::holds_alternative<FromNow>(context.query.from);
    context.momentary = now || start.beyond || context.query.last > 0;
    context.directory = services.engine.identity();
    context.controls = &services.cache_controls;
    context.now = services.engine.clock().now();
    context.sharing = sharing_of(request, services, *stream, call.granted);
    context.edge = edge_of(request, services, context);
    // A live reader may still be refused, and a refusal does not renew the lifetime.
    if (live == Live::no) services.engine.touch(stream);

    auto const tag = request.find("If-None-Match");
    if (tag && live != Live::sse) context.if_none_match = std::string(*tag);
    if (live != Live::no) return begin_live(exchange, services, stream, start, std::move(context));
    if (now || start.beyond)
        return answer_with_nothing(exchange, services, *stream, head, start, context);
    catch_up(exchange, services, stream, start, std::move(context));
}

void answer_head(Exchange& exchange, Services& services, Call& call) {
    auto const stream = stream_of(exchange, services, call);
    if (!stream) return;
    auto response = head_response(*stream);
    if (call.granted.by != access::Granted::By::nobody)
        response.add(header::stream_reader_key,
                     services.access.reader_key(call.target.name, stream->id));
    exchange.respond(std::move(response));
}

} // namespace

std::vector<Route> read_routes() {
    constexpr char const* k_stream = "/v1/stream/{project}/{stream}";
    constexpr AccessRule k_readers{.of = AccessRule::Of::readable, .right = Right::read};
    openapi::Names const page{"Stream-Next-Offset",
                              "Stream-Up-To-Date",
                              "Stream-Closed",
                              "Stream-Cursor",
                              "Stream-TTL",
                              "Stream-Expires-At",
                              "Stream-Write-Timestamp",
                              "Stream-SSE-Data-Encoding",
                              "ETag",
                              "Cache-Control",
                              "X-Cache",
                              "Vary"};
    openapi::Names const facts{"Stream-Next-Offset", "Stream-Closed",          "Stream-TTL",
                               "Stream-Expires-At",  "Stream-Earliest-Offset", "Stream-Reader-Key",
                               "Cache-Control"};
    return {{.method = Method::get,
             .pattern = k_stream,
             .access = k_readers,
             .handler = &answer_read,
             .text = {.id = "read",
                      .summary = "Read a stream, and follow it",
                      .queries = {"offset", "live", "cursor", "limit", "last", "rk", "token"},
                      .asked = {"If-None-Match", "Last-Event-ID"},
                      .good = {{200, "Messages; with live=sse, events", page, openapi::k_any_type},
                               {204, "A long-poll without data", page},
                               {304, "Nothing has changed", page}},
                      .errors = {404, 410, 500}},
             .body_max = k_append_max,
             .overlap = http::Overlap::Kind::read},
            {.method = Method::head,
             .pattern = k_stream,
             .access = k_readers,
             .handler = &answer_head,
             .text = {.id = "inspect",
                      .summary = "What is known of a stream",
                      .queries = {"token"},
                      .good = {{200, "Its tail, type and lifetime", facts}},
                      .errors = {404, 410, 500}},
             .body_max = k_append_max,
             .overlap = http::Overlap::Kind::read}};
}

} // namespace ds::streams
