// Small reads over kept connections: of the tail, of a page, and of either with its ETag.
#include "bench/reader_http.h"
#include "bench/reader_load.h"
#include "bench/request_loop.h"

namespace ds {

namespace {

constexpr auto k_warm_up = std::chrono::milliseconds(200);
constexpr std::uint64_t k_messages = 10;
constexpr std::string_view k_content_type = "application/json";
constexpr int k_ok = 200;
constexpr int k_not_modified = 304;

struct Kind {
    bool tail = false; // of the offset where there is nothing yet; else from the start
    bool with_etag = false;
};

Kind kind_named(std::string const& word) {
    if (word == "tail") return {true, false};
    if (word == "etag") return {true, true};
    if (word == "page") return {false, false};
    if (word == "etag-page") return {false, true};
    give_up("--kind is tail, etag, page or etag-page, not \"" + word + "\"");
}

// A stream of a few messages.
void fill(Target const& target, std::string const& stream, std::size_t size) {
    std::uint64_t next = 0;
    RequestLoopSettings settings;
    settings.target = target;
    settings.compose = [&](std::size_t, std::string& into) {
        if (next > k_messages) return false;
        into += next == 0 ? create_request(target, stream, k_content_type)
                          : append_request(target, stream, k_content_type,
                                           numbered_message(next, size), 0);
        ++next;
        return true;
    };
    request_all(settings, "the stream could not be filled");
}

// The offset after the last message.
std::string find_tail(HttpReaders& reader, Target const& target, std::string const& stream) {
    std::string offset = "-1";
    for (std::uint64_t pages = 0; pages <= k_messages; ++pages) {
        auto const page =
            reader.fetch(read_request(target, stream, "?offset=" + encode_value(offset)));
        if (page.status != k_ok) give_up("a read was answered " + page.head);
        offset = needed_header(page.head, "Stream-Next-Offset");
        if (header_value(page.head, "Stream-Up-To-Date")) return offset;
    }
    give_up("no end of a stream of ten messages");
}

struct Ask {
    std::string request;
    int status = 0; // of the answer; all others must be alike
    std::size_t body_bytes = 0;
};

Ask compose(HttpReaders& reader, Target const& target, std::string const& stream, Kind kind) {
    auto const offset = kind.tail ? find_tail(reader, target, stream) : std::string("-1");
    auto const query = "?offset=" + encode_value(offset);
    Ask ask{read_request(target, stream, query)};
    auto first = reader.fetch(ask.request);
    if (first.status != k_ok) give_up("a read was answered " + first.head);
    bool const has_messages = first.body.find(k_mark) != std::string::npos;
    if (has_messages == kind.tail) give_up("not what a read should bring: " + first.body);
    if (kind.with_etag) {
        auto const etag = std::string(needed_header(first.head, "ETag"));
        ask.request = read_request(target, stream, query, "If-None-Match: " + etag + "\r\n");
        first = reader.fetch(ask.request);
        if (first.status != k_ok && first.status != k_not_modified)
            give_up("a read with an ETag was answered " + first.head);
    }
    ask.status = first.status;
    ask.body_bytes = first.body.size();
    return ask;
}

} // namespace

int measure_reads(Arguments const& arguments) {
    auto const target = target_from(arguments);
    auto const word = arguments.text("--kind", "tail");
    auto const kind = kind_named(word);
    auto const connections = arguments.number("--connections", 64);
    auto const size = arguments.number("--size", 100);
    auto const stream = fresh_name(arguments, "reads");
    ServerUse use(arguments);
    fill(target, stream, size);
    HttpReaders reader(target, 1);
    auto const ask = compose(reader, target, stream, kind);

    RequestLoopSettings settings;
    settings.target = target;
    settings.connections = connections;
    settings.warm_up = k_warm_up;
    settings.duration = seconds_option(arguments, 3);
    settings.compose = [&](std::size_t, std::string& into) {
        into += ask.request;
        return true;
    };
    // The body of a chunked answer comes with its framing.
    std::size_t framed_bytes = 0;
    settings.judge = [&](std::size_t, FirstAnswer const& answer) {
        if (framed_bytes == 0) framed_bytes = answer.body.size();
        return answer.status == ask.status && answer.body.size() == framed_bytes &&
               answer.body.size() >= ask.body_bytes;
    };
    auto const result = run_request_loop(settings, use);

    Report report("reads");
    report.add_target(target)
        .add("kind", word)
        .add("connections", connections)
        .add("size", size)
        .add("seconds", result.time.count())
        .add("status", static_cast<std::uint64_t>(ask.status))
        .add("body_bytes", static_cast<std::uint64_t>(ask.body_bytes))
        .add("per_second", result.per_second());
    return finish(report, result, use);
}

} // namespace ds
