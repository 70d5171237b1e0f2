// Sending steps and holding the answers against the model.
#include "support/walk.h"

#include <algorithm>
#include <chrono>

namespace ds {

namespace {

using Kind = Operation::Kind;
constexpr std::size_t k_page_bytes_max = 524'288;
constexpr std::size_t k_history = 20;

std::string summary(HttpResponse const& response) {
    std::string text = std::to_string(response.status);
    for (auto const& [name, value] : response.headers)
        if (name.starts_with("stream-") || name.starts_with("producer-"))
            text.append(" ").append(name).append("=").append(value);
    text.append(" body=").append(response.body.substr(0, 160));
    if (response.body.size() > 160) text.append("...");
    return text;
}

std::string wrong_header(std::string const& name, std::string const& got, std::string const& want) {
    std::string text = name;
    return text.append(" is \"").append(got).append("\", wanted \"").append(want).append("\"");
}

} // namespace

Walk::Walk(WalkSettings const& settings, ModelLimits limits, std::uint64_t seed)
    : settings_(settings),
      model_(limits),
      operations_(settings, seed) {}

void Walk::connect(std::uint16_t port, Unavailable unavailable) {
    // A store that fails is asked again, by the server and by us.
    store_fails_ = unavailable == Unavailable::ask_again;
    connections_.clear();
    for (int i = 0; i < 3; ++i)
        connections_.push_back(std::make_unique<HttpClient>(port, unavailable));
}

HttpClient& Walk::connection() {
    return *operations_.dice().pick(connections_);
}

bool Walk::expect(bool held, std::string const& why) {
    ++checks_;
    if (!held && failure_.empty()) failure_ = why;
    return held;
}

std::string Walk::failure() const {
    auto text = failure_ + "\nthe last operations, newest last:\n";
    for (auto const& line : history_)
        text.append("  ").append(line).append("\n");
    return text;
}

bool Walk::fetch(Operation const& ask, std::optional<HttpResponse>& got) {
    auto& client = connection();
    history_.push_back(describe(ask));
    if (history_.size() > k_history) history_.pop_front();
    auto const request = operations_.request(ask);
    got = client.send(request);
    if (got) ++answers_[request.method + " " + std::to_string(got->status)];
    history_.back().append("  ->  ").append(got ? summary(*got) : client.problem());
    return expect(got.has_value() || !client.timed_out(), "no answer in time");
}

Walk::Step Walk::step() {
    auto const ask = operations_.next(model_);
    auto const sent = std::chrono::steady_clock::now();
    std::optional<HttpResponse> got;
    if (!fetch(ask, got)) return Step::failed;
    if (!got) {
        pending_ = ask;
        return Step::unanswered;
    }
    auto const took = std::chrono::steady_clock::now() - sent;
    bool const at_once = took < std::chrono::seconds(store_fails_ ? 30 : 3);
    if (ask.long_poll && !expect(at_once, "a long-poll with an answer waited")) return Step::failed;
    return check(ask, *got);
}

Walk::Step Walk::check(Operation const& ask, HttpResponse const& got) {
    if (!apply(ask, got)) return Step::failed;
    bool const again = ask.kind == Kind::get && got.status == 200 && got.header("etag") &&
                       operations_.dice().in_hundred(25);
    if (!again) return Step::done;
    auto conditional = ask;
    conditional.extra_headers.emplace_back("If-None-Match", *got.header("etag"));
    std::optional<HttpResponse> second;
    if (!fetch(conditional, second)) return Step::failed;
    if (!second) {
        pending_ = conditional;
        return Step::unanswered;
    }
    return check_not_modified(conditional, *second) ? Step::done : Step::failed;
}

bool Walk::check_not_modified(Operation const&, HttpResponse const& got) {
    return expect(got.status == 304, "If-None-Match with the current tag wants 304") &&
           expect(got.body.empty(), "a 304 has no body");
}

// The model's opinion of one answer; the model moves on.
bool Walk::apply(Operation const& ask, HttpResponse const& got) {
    if (ask.malformed)
        return check_expectation(ask, got, {ask.malformed_status, ask.malformed_code});
    switch (ask.kind) {
    case Kind::put: return check_expectation(ask, got, model_.put(ask));
    case Kind::post: return check_expectation(ask, got, model_.post(ask));
    case Kind::remove: return check_expectation(ask, got, model_.remove(ask));
    case Kind::get: return check_get(ask, got);
    case Kind::head: return check_head(ask, got);
    }
    return false;
}

bool Walk::check_expectation(Operation const& ask, HttpResponse const& got,
                             Expectation const& want) {
    if (!expect(got.status == want.status, "status " + std::to_string(got.status) + ", wanted " +
                                               std::to_string(want.status) + " " + want.code))
        return false;
    if (settings_.protocol_only && got.status >= 400) return true;
    if (!want.code.empty() && !expect(got.body.find("\"" + want.code + "\"") != std::string::npos,
                                      "the error's code is not " + want.code))
        return false;
    bool const refused = got.status >= 400 && ask.kind != Kind::head;
    if (refused && !expect(got.body.starts_with("{\"code\":\"") &&
                               got.body.find("\"error\":\"") != std::string::npos,
                           "an error is {\"code\",\"error\"}"))
        return false;
    for (auto const& [name, value] : want.headers)
        if (!expect(got.value(name) == value, wrong_header(name, got.value(name), value)))
            return false;
    if (want.status == 201 && !settings_.protocol_only &&
        !expect(got.value("location").starts_with("http://127.0.0.1:"),
                "not a whole URL: Location " + got.value("location")))
        return false;
    if (!expect(got.value("x-content-type-options") == "nosniff", "nosniff is missing"))
        return false;
    auto* const stream = model_.find(ask.name);
    if (!want.next || stream == nullptr) return true;
    if (settings_.protocol_only && !got.header("stream-next-offset")) return true;
    return learn(*stream, *want.next, got.value("stream-next-offset"));
}

// A place has one spelling, for ever, and later places sort later.
bool Walk::learn(ModelStream& stream, std::uint64_t position, std::string const& token) {
    if (!settings_.protocol_only &&
        !expect(token == stream.spell(position),
                "next offset is \"" + token + "\", wanted " + stream.spell(position)))
        return false;
    auto const [known, is_new] = stream.tokens.try_emplace(position, token);
    if (!is_new)
        return expect(known->second == token, "a place changed its token from " + known->second);
    bool const after = known == stream.tokens.begin() || std::prev(known)->second < token;
    bool const before = std::next(known) == stream.tokens.end() || token < std::next(known)->second;
    return expect(after && before, "tokens do not sort like their places: " + token);
}

bool Walk::check_get(Operation const& ask, HttpResponse const& got) {
    auto* const stream = model_.find(ask.name);
    if (stream == nullptr) return check_expectation(ask, got, {404, "STREAM_NOT_FOUND"});
    if (stream->soft_deleted) return check_expectation(ask, got, {410});
    bool const now = ask.offset == "now";
    auto const tail = stream->tail();
    if (ask.long_poll && (now || ask.from == tail)) // closed, or we would have to wait
        return check_expectation(
            ask, got, {204, "", tail, {{"stream-closed", "true"}, {"stream-up-to-date", "true"}}});
    if (!now && !ask.beyond) return check_page(ask, got, *stream);
    Expectation want{200,
                     "",
                     tail,
                     {{"stream-closed", stream->closed ? "true" : ""},
                      {"stream-up-to-date", "true"},
                      {"etag", ""},
                      {"content-type", stream->content_type}}};
    if (ask.beyond) { // which is told as the next place, and is none of the stream's
        want.next.reset();
        want.headers["stream-next-offset"] = *ask.offset;
    }
    return check_expectation(ask, got, want) &&
           expect(got.body == (stream->json ? "[]" : ""), "a read from the tail has no data");
}

bool Walk::check_page(Operation const& ask, HttpResponse const& got, ModelStream& stream) {
    if (!expect(got.status == 200, "status " + std::to_string(got.status) + ", wanted 200"))
        return false;
    auto const tail = stream.tail();
    auto const token = got.value("stream-next-offset");
    auto const end = settings_.protocol_only ? tail : stream.resolve(token);
    if (!expect(end && *end >= ask.from, "the page ends nowhere: \"" + token + "\"")) return false;
    if (!learn(stream, *end, token)) return false;

    auto const count = stream.count(ask.from, *end);
    auto const whole = stream.text(ask.from, tail);
    auto const most = ask.limit > 0 ? ask.limit : UINT64_MAX;
    bool const border = *end == ask.from || std::ranges::binary_search(stream.ends, *end);
    bool const small = whole.size() <= k_page_bytes_max / 2;
    if (!expect(border, "the page ends inside a message") ||
        !expect(ask.from == tail || count > 0, "an empty page before the tail") ||
        !expect(count <= most, "more messages than the limit") ||
        !expect(!small || settings_.short_pages ||
                    count == std::min(most, stream.count(ask.from, tail)),
                "the page is shorter than it has to be") ||
        !expect(settings_.protocol_only || got.body.size() <= k_page_bytes_max || count == 1,
                "a page of more than 512 KiB") ||
        !expect(got.body == stream.text(ask.from, *end), "the page has other bytes"))
        return false;

    bool const up_to_date = *end == tail;
    Expectation want{200, "", *end, {{"content-type", stream.content_type}}};
    want.headers["stream-up-to-date"] = up_to_date ? "true" : "";
    want.headers["stream-closed"] = up_to_date && stream.closed ? "true" : "";
    if (!check_expectation(ask, got, want)) return false;
    if (ask.long_poll && !stream.closed &&
        !expect(got.header("stream-cursor").has_value(), "no cursor"))
        return false;
    return check_etag(ask, stream, got, *end);
}

// One entity tag never stands for two different answers.
bool Walk::check_etag(Operation const& ask, ModelStream const& stream, HttpResponse const& got,
                      std::uint64_t end) {
    auto const etag = got.header("etag");
    if (!expect(etag.has_value() || ask.long_poll, "a catch-up read without ETag")) return false;
    if (!etag || settings_.protocol_only) return true;
    auto const meaning = std::to_string(stream.generation) + ":" + std::to_string(ask.from) + ":" +
                         std::to_string(end) + (got.header("stream-closed") ? ":closed" : "");
    auto const [known, is_new] = etags_.try_emplace(*etag, meaning);
    return expect(is_new || known->second == meaning,
                  "ETag " + *etag + " stood for " + known->second + " and now for " + meaning);
}

bool Walk::check_head(Operation const& ask, HttpResponse const& got) {
    auto* const stream = model_.find(ask.name);
    if (stream == nullptr) return check_expectation(ask, got, {404});
    if (stream->soft_deleted) return check_expectation(ask, got, {410});
    return check_expectation(ask, got,
                             {200,
                              "",
                              stream->tail(),
                              {{"content-type", stream->content_type},
                               {"stream-closed", stream->closed ? "true" : ""},
                               {"stream-ttl", stream->ttl}}}) &&
           expect(stream->expires.empty() == !got.header("stream-expires-at"),
                  "Stream-Expires-At is there when it should not be, or the opposite") &&
           expect(got.value("stream-expires-at").substr(0, 19) == stream->expires.substr(0, 19),
                  "another Stream-Expires-At") &&
           expect(got.value("cache-control").find("no-store") != std::string::npos,
                  "HEAD may be cached");
}

} // namespace ds
