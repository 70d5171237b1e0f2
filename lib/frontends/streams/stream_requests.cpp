// Parsing what a stream request says.
#include "frontends/streams/stream_requests.h"

#include "frontends/streams/refusals.h"
#include "protocol/cursor.h"
#include "protocol/headers.h"

#include <utility>

namespace ds::streams {

namespace {

constexpr std::size_t k_stream_seq_bytes_max = 1024;

// A header that may appear once. Repeating it is an error: which one would count?
struct Field {
    bool repeated = false;
    std::optional<std::string_view> value;
};
Field field(Request const& request, std::string_view name) {
    return {request.count(name) > 1, request.find(name)};
}

// The header fields of one request. The first thing found wrong is kept; what is asked for after
// that comes back empty and does not count.
class Fields {
public:
    explicit Fields(Request const& request) : request_(request) {
        auto const coding = request.find("Content-Encoding");
        if (coding && !coding->empty() && !equals_ignoring_case(*coding, "identity"))
            wrong_ = error_response(415, "UNSUPPORTED_CONTENT_ENCODING",
                                    "send the body without Content-Encoding");
    }

    std::optional<Response>& wrong() { return wrong_; }

    bool closes() const {
        auto const value = request_.find(header::stream_closed);
        return value && equals_ignoring_case(*value, "true");
    }

    std::optional<ProducerClaim> producer() {
        auto const id = field(request_, header::producer_id);
        auto const epoch = field(request_, header::producer_epoch);
        auto const sequence = field(request_, header::producer_seq);
        if (!id.value && !epoch.value && !sequence.value) return std::nullopt;
        if (!id.value || !epoch.value || !sequence.value || id.repeated || epoch.repeated ||
            sequence.repeated)
            return refuse("PRODUCER_HEADERS_INCOMPLETE",
                          "Producer headers must be provided together");
        if (!is_producer_id(*id.value))
            return refuse("PRODUCER_ID_INVALID", "Producer-Id must be 1 to 256 printable ASCII "
                                                 "characters without spaces");
        auto const epoch_number = parse_decimal(*epoch.value);
        auto const sequence_number = parse_decimal(*sequence.value);
        if (epoch_number && sequence_number)
            return ProducerClaim{std::string(*id.value), {*epoch_number, *sequence_number}};
        // Well-formed, but beyond what a JavaScript client could have counted to.
        auto const well_formed = [](std::string_view text) {
            return !text.empty() && (text.size() == 1 || text.front() != '0') &&
                   text.find_first_not_of("0123456789") == std::string_view::npos;
        };
        if (well_formed(*epoch.value) && well_formed(*sequence.value))
            return refuse("PRODUCER_EPOCH_SEQ_OVERFLOW",
                          "Producer-Epoch and Producer-Seq must be <= 2^53-1");
        return refuse("PRODUCER_EPOCH_SEQ_NOT_INTEGERS",
                      "Producer-Epoch and Producer-Seq must be integers");
    }

    std::optional<std::string> stream_seq() {
        auto const seq = field(request_, header::stream_seq);
        if (!seq.value) return std::nullopt;
        if (seq.repeated || seq.value->empty() || seq.value->size() > k_stream_seq_bytes_max)
            return refuse("INVALID_STREAM_SEQ",
                          "Stream-Seq must be given once, with 1 to 1024 bytes");
        return std::string(*seq.value);
    }

    std::optional<std::string> content_type() {
        auto const type = field(request_, header::content_type);
        if (!type.value || type.value->empty()) return std::nullopt;
        if (type.repeated || !is_content_type(*type.value))
            return refuse("INVALID_CONTENT_TYPE", "Content-Type is not a media type");
        return std::string(*type.value);
    }

    Lifetime lifetime() {
        auto const ttl = field(request_, header::stream_ttl);
        auto const expires_at = field(request_, header::stream_expires_at);
        if (ttl.value && expires_at.value)
            refuse("TTL_EXPIRES_MUTUALLY_EXCLUSIVE",
                   "Stream-TTL and Stream-Expires-At are mutually exclusive");
        if (ttl.value) {
            auto const parsed = parse_ttl(*ttl.value);
            if (parsed && !ttl.repeated) return *parsed;
            refuse("INVALID_TTL", "invalid Stream-TTL: a whole number of seconds is wanted");
        }
        if (expires_at.value) {
            auto const parsed = parse_expires_at(*expires_at.value);
            if (parsed && !expires_at.repeated) return *parsed;
            refuse("INVALID_EXPIRES_AT",
                   "invalid Stream-Expires-At: an RFC 3339 instant is wanted, "
                   "such as 2030-01-02T03:04:05Z");
        }
        return Forever{};
    }

    std::optional<Exposure> exposure() {
        auto const is_public = one_of(query::is_public, "true", "false");
        auto const is_private = one_of(query::cache, "private", "shared");
        if (!is_public && !is_private) return std::nullopt;
        return Exposure{is_public.value_or(false), is_private.value_or(false)};
    }

    std::optional<ForkOf> fork() {
        auto const from = field(request_, header::stream_forked_from);
        auto const at = field(request_, header::stream_fork_offset);
        auto const sub = field(request_, header::stream_fork_sub_offset);
        if (from.repeated || at.repeated || sub.repeated)
            return refuse("INVALID_FORK", "fork headers must be given once");
        if (!from.value) {
            if (!at.value && !sub.value) return std::nullopt;
            return refuse("INVALID_FORK", "a fork offset needs Stream-Forked-From");
        }
        ForkOf fork;
        auto source = parse_stream_path(*from.value);
        if (!source) return refuse("INVALID_FORK", "Stream-Forked-From: " + source.error().what);
        fork.source = *std::move(source);
        if (at.value) {
            auto const place = parse_read_from(*at.value);
            if (!place) return refuse("INVALID_OFFSET", "invalid Stream-Fork-Offset");
            if (std::holds_alternative<FromStart>(*place)) fork.at = Offset{};
            if (auto const* offset = std::get_if<Offset>(&*place)) fork.at = *offset;
        }
        if (!sub.value) return fork;
        auto const number = parse_decimal(*sub.value);
        if (!number) return refuse("INVALID_FORK_SUB_OFFSET", "invalid Stream-Fork-Sub-Offset");
        if (*number > 0 && !fork.at)
            return refuse("INVALID_FORK_SUB_OFFSET",
                          "Stream-Fork-Sub-Offset needs Stream-Fork-Offset");
        fork.sub_offset = *number;
        return fork;
    }

private:
    // Whether a query parameter says `yes`; empty when it is not there.
    std::optional<bool> one_of(std::string_view name, std::string_view yes, std::string_view no) {
        auto const values = query_values(request_.query, name);
        if (values.empty()) return std::nullopt;
        if (values.size() == 1 && (values.front() == yes || values.front() == no))
            return values.front() == yes;
        return refuse("INVALID_QUERY_PARAM", std::string(name) + " must be " + std::string(yes) +
                                                 " or " + std::string(no) + ", once");
    }

    std::nullopt_t refuse(std::string_view code, std::string_view text) {
        if (!wrong_) wrong_ = bad_request(code, text);
        return std::nullopt;
    }

    Request const& request_;
    std::optional<Response> wrong_;
};

} // namespace

std::variant<Ask, Response> create_ask(Request& request, StreamName name) {
    if (is_word_of_routes(name.project()))
        return error_response(400, "PROJECT_NAME_RESERVED",
                              "a project cannot be called subscribe or publish: its estuaries "
                              "could not be reached");
    Fields fields(request);
    Create ask;
    ask.name = std::move(name);
    ask.producer = fields.producer();
    ask.content_type = fields.content_type();
    ask.lifetime = fields.lifetime();
    ask.fork = fields.fork();
    ask.exposure = fields.exposure();
    ask.stream_seq = fields.stream_seq();
    ask.closed = fields.closes();
    if (fields.wrong()) return *std::move(fields.wrong());
    ask.body = Bytes(std::move(request.body));
    return Ask(std::move(ask));
}

std::variant<Ask, Response> append_ask(Request& request, StreamName name) {
    Fields fields(request);
    Append ask;
    ask.name = std::move(name);
    ask.producer = fields.producer();
    ask.stream_seq = fields.stream_seq();
    ask.close = fields.closes();
    ask.body_was_empty = request.body.empty();
    // Without a body the type is ignored, whatever a client attaches.
    if (!ask.body_was_empty) ask.content_type = fields.content_type();
    if (fields.wrong()) return *std::move(fields.wrong());
    if (ask.body_was_empty) return Ask(std::move(ask));

    bool const json = ask.content_type && is_json_type(*ask.content_type);
    auto const framing = request.find(header::stream_framing);
    bool const lines = framing && equals_ignoring_case(*framing, "lines");
    Bytes body(std::move(request.body));
    if (!lines || json) {
        ask.messages = split_messages(std::move(body), json);
        return Ask(std::move(ask));
    }
    ask.messages = split_lines(std::move(body));
    if (!ask.messages) return bad_request("TOO_MANY_LINES", ask.messages.error().what);
    return Ask(std::move(ask));
}

std::optional<std::string> reader_key_in(std::string_view query) {
    auto const values = query_values(query, query::reader_key);
    if (values.size() != 1) return std::nullopt;
    return percent_decode(values.front());
}

std::variant<ReadQuery, Response> read_query(std::string_view query) {
    ReadQuery read;
    std::optional<std::string> offset, live, cursor, limit, last;
    while (!query.empty()) {
        auto const [name, sent] = http::take_parameter(query);
        auto* const wanted = name == query::offset   ? &offset
                             : name == query::live   ? &live
                             : name == query::cursor ? &cursor
                             : name == query::limit  ? &limit
                             : name == query::last   ? &last
                                                     : nullptr;
        if (wanted == nullptr) continue;
        std::string const what(name);
        if (wanted->has_value())
            return bad_request("REPEATED_QUERY_PARAM",
                               what + " parameter was given more than once");
        auto value = percent_decode(sent);
        if (!value)
            return bad_request("INVALID_QUERY_PARAM", what + " parameter is not percent-encoded");
        if (value->empty())
            return bad_request("EMPTY_QUERY_PARAM", what + " parameter cannot be empty");
        *wanted = *std::move(value);
    }

    if (live) {
        if (*live != "long-poll" && *live != "sse")
            return bad_request("INVALID_LIVE_MODE", "live must be long-poll or sse");
        read.live = *live == "sse" ? Live::sse : Live::long_poll;
        if (!offset && !last) return bad_request("OFFSET_REQUIRED", "offset is required");
    }
    if (offset) {
        auto from = parse_read_from(*offset);
        if (!from) return bad_request("INVALID_OFFSET", "invalid offset");
        read.from = *from;
    }
    if (cursor) read.cursor = parse_cursor(*cursor);
    if (limit) {
        auto const number = parse_decimal(*limit);
        if (!number || *number == 0)
            return bad_request("INVALID_LIMIT",
                               "limit must be a positive whole number of messages");
        read.limit = *number;
    }
    if (last) {
        auto const number = parse_decimal(*last);
        if (!number || *number == 0)
            return bad_request("INVALID_LAST", "last must be a positive whole number of messages");
        // Who goes on from an offset keeps the rest of the URL.
        if (std::holds_alternative<FromStart>(read.from)) read.last = *number;
    }
    return read;
}

} // namespace ds::streams
