// Live events as bytes, and bytes as events.
#include "protocol/sse.h"

#include "base/encoding.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace ds {

namespace {

constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view k_line_ends = "\r\n";

void append_line(std::string& to, std::string_view line) {
    to.append(line.starts_with(' ') ? "data: " : "data:").append(line).push_back('\n');
}

void append_lines(std::string& to, std::string_view payload) {
    std::size_t from = 0;
    auto lf = payload.find('\n');
    auto cr = payload.find('\r');
    while (std::min(lf, cr) != std::string_view::npos) {
        auto const end = std::min(lf, cr);
        append_line(to, payload.substr(from, end - from));
        bool const crlf = cr == end && lf == end + 1;
        from = end + (crlf ? 2 : 1);
        // Each is looked for again only once it is passed: no byte is searched twice for the same.
        if (lf != std::string_view::npos && lf < from) lf = payload.find('\n', from);
        if (cr != std::string_view::npos && cr < from) cr = payload.find('\r', from);
    }
    append_line(to, payload.substr(from));
}

template <typename Integer>
void append_number(std::string& to, Integer number) {
    std::array<char, 20> text{}; // 2^64 - 1 and -2^63 have 20 characters
    auto const end = std::to_chars(text.begin(), text.end(), number).ptr;
    to.append(text.begin(), end);
}

void append_id(std::string& to, std::optional<Offset> id) {
    if (!id) return;
    to.append("id:");
    append_offset(to, *id);
    to.push_back('\n');
}

} // namespace

void append_sse_retry(std::string& to, std::chrono::milliseconds pause) {
    to.append("retry:");
    append_number(to, pause.count());
    to.push_back('\n');
}

void append_sse_data(std::string& to, std::string_view payload, SseEncoding encoding,
                     std::optional<Offset> id) {
    // Room for what is added around a payload of one line.
    constexpr std::size_t k_frame_bytes = 80;
    to.reserve(to.size() + payload.size() + payload.size() / 2 + k_frame_bytes);
    to.append("event: data\n");
    if (encoding == SseEncoding::base64) {
        to.append("data:");
        base64_append(to, payload);
        to.push_back('\n');
    } else if (is_utf8(payload)) {
        append_lines(to, payload);
    } else {
        append_lines(to, repaired_utf8(payload));
    }
    append_id(to, id);
    to.push_back('\n');
}

void append_sse_control(std::string& to, SseControl const& control, std::optional<Offset> id) {
    to.append("event: control\n");
    append_id(to, id);
    to.append("data:{\"streamNextOffset\":\"");
    append_offset(to, control.next);
    to.push_back('"');
    if (control.write_timestamp_ms) {
        to.append(",\"streamWriteTimestamp\":");
        append_number(to, *control.write_timestamp_ms);
    }
    if (!control.closed) {
        to.append(",\"streamCursor\":\"");
        append_number(to, control.cursor);
        to.push_back('"');
    }
    // Closed means that nothing more will come. A reader that connects at the end of a closed
    // stream must be told both. (Protocol section 5.8)
    if (control.up_to_date || control.closed) to.append(",\"upToDate\":true");
    if (control.closed) to.append(",\"streamClosed\":true");
    to.append("}\n\n");
}

// pending_ is what has arrived and is still needed; read_ is how far it was looked at. Either the
// byte before read_ ends a line, and the next line starts at read_; or nothing before read_ ends a
// line, and the unfinished line starts at 0. So an unfinished line is never searched twice.
void SseParser::feed(std::string_view bytes) {
    pending_.append(bytes);
}

Result<std::optional<SseEvent>> SseParser::next() {
    if (!started_) {
        if (pending_.size() < k_byte_order_mark.size() && k_byte_order_mark.starts_with(pending_))
            return std::optional<SseEvent>{};
        if (pending_.starts_with(k_byte_order_mark)) pending_.erase(0, k_byte_order_mark.size());
        started_ = true;
    }
    bool const at_line = read_ > 0 && k_line_ends.find(pending_[read_ - 1]) != k_line_ends.npos;
    std::size_t line_start = at_line ? read_ : 0;
    while (true) {
        // A CR has ended its line already; the LF that may belong to it is skipped when it comes.
        if (line_start > 0 && line_start < pending_.size() && pending_[line_start - 1] == '\r' &&
            pending_[line_start] == '\n')
            read_ = ++line_start;
        auto const end = pending_.find_first_of(k_line_ends, read_);
        if (end == std::string::npos) break;
        auto const line = std::string_view(pending_).substr(line_start, end - line_start);
        read_ = line_start = end + 1;
        if (line.empty()) {
            auto event = std::exchange(event_, SseEvent{});
            bool const named = std::exchange(has_name_, false);
            if (!named) event.name = SseEvent{}.name;
            if (std::exchange(has_payload_, false)) return std::optional(std::move(event));
            continue;
        }
        auto const colon = std::min(line.find(':'), line.size());
        auto value = line.substr(std::min(colon + 1, line.size()));
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (auto const field = line.substr(0, colon); field == "data") {
            if (std::exchange(has_payload_, true)) event_.payload.push_back('\n');
            event_.payload.append(value);
        } else if (field == "event") {
            event_.name = value;
            has_name_ = !value.empty();
        }
        if (event_.payload.size() > k_event_bytes_max) break;
    }
    // Forget the lines that were read, but not a CR whose LF may still come.
    bool const keep_cr = line_start > 0 && line_start == pending_.size() && pending_.back() == '\r';
    pending_.erase(0, line_start - (keep_cr ? 1 : 0));
    read_ = pending_.size();
    if (event_.payload.size() + pending_.size() > k_event_bytes_max)
        return Error{Fault::invalid, "a server-sent event is larger than 64 MiB"};
    return std::optional<SseEvent>{};
}

} // namespace ds
