// Requests as text, answers by Content-Length, chunks, or a status that has no body.
//
// nginx is configured with `location ~ ^/pub/(.+)$` as nchan's publisher and
// `location ~ ^/sub/(.+)$` as its subscriber for EventSource.
#include "bench/dialect_http.h"

#include "support/http_client.h"

#include <algorithm>
#include <charconv>

namespace ds::http {

namespace {

constexpr std::string_view k_head_end = "\r\n\r\n";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string start_of(std::string_view method, Target const& target, std::string_view base,
                     std::string_view stream, std::string_view query) {
    std::string request(method);
    request.append(" ").append(base).append(encode_path(stream)).append(query);
    return request.append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n").append(credentials_of(target));
}

// How many bytes of `from` the chunks take with the line that ends them; 0 while some are missing.
std::size_t chunks_size(std::string_view from) {
    std::size_t at = 0;
    while (true) {
        auto const line = from.find("\r\n", at);
        if (line == std::string_view::npos) return 0;
        std::size_t size = 0;
        auto const read = std::from_chars(from.data() + at, from.data() + line, size, 16);
        // What is no number is taken for the last chunk: the status line behind it will be missed.
        if (read.ec != std::errc{}) size = 0;
        at = line + 2 + size + 2;
        if (at > from.size()) return 0;
        if (size == 0) return at;
    }
}

} // namespace

std::string put(Target const& target, std::string_view stream, std::string_view content_type) {
    auto request = start_of("PUT", target, target.base, stream, "");
    request.append("Content-Type: ").append(content_type);
    return request.append("\r\nContent-Length: 0\r\n\r\n");
}

std::string post(Target const& target, std::string_view stream, std::string_view content_type,
                 std::string_view body, std::optional<ProducerMark> const& producer) {
    bool const to_nchan = target.dialect == Dialect::nchan;
    auto request = start_of("POST", target, to_nchan ? "/pub/" : target.base, stream, "");
    request.append("Content-Type: ").append(content_type);
    if (producer)
        request.append("\r\nProducer-Id: ")
            .append(producer->id)
            .append("\r\nProducer-Epoch: 0\r\nProducer-Seq: ")
            .append(std::to_string(producer->sequence));
    request.append("\r\nContent-Length: ").append(std::to_string(body.size()));
    return request.append(k_head_end).append(body);
}

std::string subscribe(Target const& target, std::string_view stream) {
    auto request = target.dialect == Dialect::nchan
                       ? start_of("GET", target, "/sub/", stream, "")
                       : start_of("GET", target, target.base, stream, "?offset=now&live=sse");
    return request.append("Accept: text/event-stream\r\n\r\n");
}

std::optional<std::string_view> header_value(std::string_view head, std::string_view name) {
    auto at = head.find("\r\n");
    while (at != std::string_view::npos) {
        auto line = head.substr(at + 2);
        at = head.find("\r\n", at + 2);
        line = line.substr(0, line.find("\r\n"));
        if (line.size() <= name.size() || line[name.size()] != ':' ||
            !same_word(line.substr(0, name.size()), name))
            continue;
        line.remove_prefix(name.size() + 1);
        while (line.starts_with(' '))
            line.remove_prefix(1);
        while (line.ends_with(' '))
            line.remove_suffix(1);
        return line;
    }
    return std::nullopt;
}

FirstAnswer first_answer(std::string_view arrived) {
    FirstAnswer answer;
    auto const head_size = arrived.find(k_head_end);
    if (head_size == std::string_view::npos) return answer;
    answer.head = arrived.substr(0, head_size);
    auto const space = answer.head.find(' ');
    if (space == std::string_view::npos || space + 4 > head_size ||
        !answer.head.starts_with("HTTP/1.")) {
        answer.bytes = arrived.size(); // no HTTP: an answer that pleases nobody
        return answer;
    }
    std::from_chars(answer.head.data() + space + 1, answer.head.data() + space + 4, answer.status);
    answer.accepted = answer.status >= 200 && answer.status < 300;
    answer.counts = answer.status >= 200;

    auto const body = arrived.substr(head_size + k_head_end.size());
    std::size_t size = 0;
    if (answer.status >= 200 && answer.status != 204 && answer.status != 304) {
        if (auto const length = header_value(answer.head, "Content-Length")) {
            std::from_chars(length->data(), length->data() + length->size(), size);
            if (body.size() < size) return answer;
        } else if (auto const coding = header_value(answer.head, "Transfer-Encoding");
                   coding && same_word(*coding, "chunked")) {
            size = chunks_size(body);
            if (size == 0) return answer;
        } else {
            return answer; // ends with the connection
        }
    }
    answer.body = body.substr(0, size);
    answer.bytes = head_size + k_head_end.size() + size;
    return answer;
}

void note_begin(Target const& target, SubscriberMemory& memory, std::string_view fresh) {
    // A Durable Streams server names the offset at once; nchan only ends its head.
    std::string_view const mark =
        target.dialect == Dialect::nchan ? k_head_end : "streamNextOffset";
    memory.kept.append(fresh);
    if (!memory.kept.starts_with("HTTP/1.1 200") || memory.kept.find(mark) == std::string::npos)
        return;
    memory.begun = true;
    memory.kept = {};
}

} // namespace ds::http
