// Requests and answers of the protocol, over a Fetch.
#include "client/stream_client.h"

#include "base/encoding.h"
#include "client/recognize.h"
#include "model/content.h"
#include "protocol/headers.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ds {
namespace {

// A SSE connection is quiet while nobody writes. Servers that send keep-alives do so several times
// in this span; with others, reconnecting after it costs one request.
constexpr std::chrono::seconds k_live_stall{45};
// More than any error document that is meant to be read.
constexpr std::size_t k_denial_bytes_max = std::size_t{64} << 10U;
constexpr std::chrono::seconds k_retry_after_max{60};
// A whole batch must go up and be committed in this time; slow links carry 1 MiB in less.
constexpr std::chrono::seconds k_append_overall{120};

std::string text_of(HeaderMap const& headers, std::string_view name) {
    return std::string(headers.get(name).value_or(""));
}

StreamState state_of(FetchReply const& reply) {
    StreamState state;
    state.content_type = text_of(reply.headers, header::content_type);
    state.next_offset = text_of(reply.headers, header::stream_next_offset);
    state.up_to_date = reply.headers.says_true(header::stream_up_to_date);
    state.closed = reply.headers.says_true(header::stream_closed);
    state.earliest_offset = text_of(reply.headers, header::stream_earliest_offset);
    state.ttl = text_of(reply.headers, header::stream_ttl);
    state.expires_at = text_of(reply.headers, header::stream_expires_at);
    return state;
}

std::string in_words(int status) {
    switch (status) {
    case 400: return "bad request";
    case 401: return "a token is needed";
    case 403: return "forbidden";
    case 404: return "not found";
    case 405: return "not allowed here";
    case 409: return "conflict";
    case 410: return "gone";
    case 413: return "too large";
    case 429: return "too many requests";
    case 503: return "the server is busy";
    case 507: return "the server's storage is full";
    default: return "status " + std::to_string(status);
    }
}

std::string publish_path(StreamName const& name) {
    return "/v1/estuary/publish/" + stream_path(name).substr(k_stream_root.size());
}

std::optional<Fanout> fanout_of(FetchReply const& reply) {
    auto const number = [&](std::string_view name) {
        return parse_decimal(trim(reply.headers.get(name).value_or("")));
    };
    auto const subscribers = number("Stream-Fanout-Count");
    if (!subscribers) return std::nullopt;
    return Fanout{*subscribers, number("Stream-Fanout-Successes").value_or(0)};
}

std::string string_at(nlohmann::json const& object, char const* key) {
    auto const found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Hands on a successful body; keeps the body of anything else, to read what was denied.
class LiveGate final : public BodyTaker {
public:
    explicit LiveGate(BodyTaker& inner) : inner_(inner) {}

    Flow on_head(FetchReply const& head) override {
        open_ = head.status == 200;
        return open_ ? inner_.on_head(head) : Flow::more;
    }
    Flow on_bytes(std::string_view bytes) override {
        if (open_) return inner_.on_bytes(bytes);
        denial_.append(bytes.substr(0, k_denial_bytes_max - denial_.size()));
        return denial_.size() == k_denial_bytes_max ? Flow::stop : Flow::more;
    }
    Flow on_idle() override { return inner_.on_idle(); }

    std::string take_denial() { return std::move(denial_); }

private:
    BodyTaker& inner_;
    bool open_ = false;
    std::string denial_;
};

} // namespace

bool is_success(FetchReply const& reply) {
    return reply.status >= 200 && reply.status < 300;
}

std::string type_of_appends(StreamState const& state) {
    return state.content_type.empty() ? std::string(k_default_content_type) : state.content_type;
}

std::string without_password(std::string_view url) {
    if (url.starts_with(k_unix_scheme)) return std::string(url);
    auto const scheme = url.find("://");
    auto const begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    auto const authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
    auto const at = authority.rfind('@');
    auto const colon = authority.find(':');
    std::string text(url);
    if (at != std::string_view::npos && colon < at)
        text.replace(begin + colon + 1, at - colon - 1, "***");
    return text;
}

bool Denial::is_damage() const {
    return code == "SEGMENT_MISSING" || code == "SEGMENT_CORRUPT" || code == "SEGMENT_TRUNCATED";
}

bool Denial::worth_retrying() const {
    if (is_damage() || code == "TOO_MANY_STREAMS") return false;
    return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
}

Denial read_denial(FetchReply const& reply) {
    Denial denial{.status = reply.status, .code = {}, .message = {}};
    auto const document = nlohmann::json::parse(reply.body, nullptr, false);
    if (document.is_object()) {
        denial.code = string_at(document, "code");
        denial.message = string_at(document, "error");
        auto const inner = document.find("error");
        if (inner != document.end() && inner->is_object()) {
            denial.code = string_at(*inner, "code");
            denial.message = string_at(*inner, "message");
        }
    }
    // Servers may also answer in plain text, or not at all.
    bool const is_page = trim(reply.body).starts_with('<');
    if (denial.message.empty() && !document.is_object() && !is_page && reply.body.size() < 200)
        denial.message = std::string(trim(reply.body.substr(0, reply.body.find('\n'))));
    if (denial.message.empty()) denial.message = in_words(reply.status);

    denial.earliest_offset = text_of(reply.headers, header::stream_earliest_offset);
    denial.stream_closed = reply.headers.says_true(header::stream_closed);
    if (auto const after = reply.headers.get("Retry-After"))
        if (auto const seconds = parse_decimal(trim(*after)))
            denial.retry_after = std::min<std::chrono::milliseconds>(
                std::chrono::seconds(std::min<std::uint64_t>(*seconds, 3600)), k_retry_after_max);
    return denial;
}

StreamClient::StreamClient(Fetch& fetch, std::string url, std::string token)
    : fetch_(fetch),
      url_(std::move(url)),
      token_(std::move(token)) {
    bool const by_path = url_.starts_with(k_unix_scheme);
    auto const cut = [&] {
        while (url_.ends_with('/'))
            url_.pop_back();
    };
    cut();
    constexpr auto k_root = k_stream_root.substr(0, k_stream_root.size() - 1);
    if (!by_path && url_.ends_with(k_root)) url_.resize(url_.size() - k_root.size());
    cut();
    base_ = by_path ? "http://localhost" : url_;
    if (by_path)
        unix_path_ = url_.substr(k_unix_scheme.size());
    else
        url_ = without_password(url_);
}

FetchRequest StreamClient::request(std::string method, std::string_view path) const {
    FetchRequest request;
    request.method = std::move(method);
    request.url = base_ + std::string(path);
    request.unix_path = unix_path_;
    request.redirects = Redirects::never;
    if (!token_.empty()) request.headers.add("Authorization", "Bearer " + token_);
    return request;
}

Error StreamClient::nobody_here() const {
    return {Fault::corrupt, "there is no Durable Streams server at " + url_};
}

Result<FetchReply> StreamClient::exchange(FetchRequest const& request) const {
    auto reply = TRY(fetch_.fetch(request));
    if (is_foreign_refusal(reply)) return nobody_here();
    return reply;
}

Denial StreamClient::denial(FetchRequest const& request, FetchReply const& reply) const {
    auto denial = read_denial(reply);
    denial.moved_to = new_base(reply, base_, std::string_view(request.url).substr(base_.size()));
    return denial;
}

// Asks in a way that has a body to tell by: proxies take headers away.
Result<void> StreamClient::check_speaks(StreamName const& name) const {
    auto get = request("GET", stream_path(name));
    get.url += "?offset=now";
    auto const reply = TRY(fetch_.fetch(get));
    if (bears_marks(reply)) return {};
    return nobody_here();
}

Result<Said<CreateAnswer>> StreamClient::create(StreamName const& name, CreateRequest const& ask) {
    auto put = request("PUT", stream_path(name));
    auto const add = [&](std::string_view key, std::optional<std::string> const& value) {
        if (value) put.headers.add(key, *value);
    };
    add(header::content_type, ask.content_type);
    add(header::stream_ttl, ask.ttl);
    add(header::stream_expires_at, ask.expires_at);
    add(header::stream_fork_offset, ask.fork_offset);
    if (ask.closed) put.headers.add(header::stream_closed, "true");
    if (ask.fork_from) put.headers.add(header::stream_forked_from, stream_path(*ask.fork_from));

    auto const reply = TRY(exchange(put));
    if (!is_success(reply)) return Said<CreateAnswer>(denial(put, reply));
    if (!acknowledges(reply)) return nobody_here();
    return Said<CreateAnswer>(CreateAnswer{state_of(reply), reply.status != 201});
}

Result<Said<AppendAnswer>> StreamClient::append(StreamName const& name, AppendRequest const& ask) {
    auto post =
        request("POST", ask.route == Route::publish ? publish_path(name) : stream_path(name));
    post.body = ask.body;
    post.limits.overall = k_append_overall;
    if (!ask.body.empty()) post.headers.add(header::content_type, ask.content_type);
    if (!ask.body.empty() && ask.framing == Framing::lines)
        post.headers.add(header::stream_framing, "lines");
    if (ask.close) post.headers.add(header::stream_closed, "true");
    if (ask.producer) {
        post.headers.add(header::producer_id, ask.producer->id);
        post.headers.add(header::producer_epoch, std::to_string(ask.producer->mark.epoch));
        post.headers.add(header::producer_seq, std::to_string(ask.producer->mark.sequence));
    }

    auto const reply = TRY(exchange(post));
    if (!is_success(reply)) return Said<AppendAnswer>(denial(post, reply));
    if (!acknowledges(reply)) return nobody_here();
    auto const duplicate = ask.producer && !ask.body.empty() && reply.status == 204;
    return Said<AppendAnswer>(AppendAnswer{state_of(reply), duplicate, fanout_of(reply)});
}

Result<Said<AppendAnswer>> StreamClient::close(StreamName const& name) {
    AppendRequest ask;
    ask.close = true;
    return append(name, ask);
}

Result<Said<StreamState>> StreamClient::head(StreamName const& name) {
    auto const ask = request("HEAD", stream_path(name));
    auto const reply = TRY(fetch_.fetch(ask));
    if (is_foreign_refusal(reply)) TRY(check_speaks(name));
    if (!is_success(reply)) return Said<StreamState>(denial(ask, reply));
    if (!acknowledges(reply)) return nobody_here();
    return Said<StreamState>(state_of(reply));
}

Result<Said<ReadAnswer>> StreamClient::read(StreamName const& name, std::string_view offset,
                                            std::uint64_t last) {
    auto get = request("GET", stream_path(name));
    get.url += "?offset=" + percent_encode(offset);
    if (last > 0) get.url += "&last=" + std::to_string(last);
    // A page near the tail may lie in a cache between us and the server, older than what is there.
    get.headers.add("Cache-Control", "no-cache");
    auto reply = TRY(exchange(get));
    if (!is_success(reply)) return Said<ReadAnswer>(denial(get, reply));
    if (reply.status != 200 || !acknowledges(reply)) return nobody_here();
    return Said<ReadAnswer>(ReadAnswer{state_of(reply), std::move(reply.body)});
}

Result<Said<RemoveAnswer>> StreamClient::remove(StreamName const& name) {
    auto const ask = request("DELETE", stream_path(name));
    auto const reply = TRY(exchange(ask));
    Said<RemoveAnswer> said;
    if (!is_success(reply))
        said = denial(ask, reply);
    else if (!bears_marks(reply))
        TRY(check_speaks(name));
    return said;
}

Result<Said<LiveAnswer>> StreamClient::read_sse(StreamName const& name, std::string_view offset,
                                                std::string_view cursor, BodyTaker& taker) {
    auto get = request("GET", stream_path(name));
    get.url += "?offset=" + percent_encode(offset) + "&live=sse";
    if (!cursor.empty()) get.url += "&cursor=" + percent_encode(cursor);
    get.headers.add("Accept", "text/event-stream");
    get.limits.overall = std::chrono::milliseconds::zero();
    get.limits.stall = k_live_stall;
    LiveGate gate(taker);
    auto reply = TRY(fetch_.fetch_into(get, gate));
    Said<LiveAnswer> said;
    reply.body = gate.take_denial();
    if (is_foreign_refusal(reply)) return nobody_here();
    if (reply.status != 200) said = denial(get, reply);
    return said;
}

} // namespace ds
