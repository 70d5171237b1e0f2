// Server-Sent Events read from a chunked response (or, with HTTP/1.0, until the connection ends).
#include "http/wire.h"

namespace ds::test {
namespace {

// The text after `"member":`, or "" when there is no such member. Control events are flat.
std::string_view after_member(std::string_view json, std::string_view member) {
    std::string const mark = '"' + std::string(member) + "\":";
    auto const at = json.find(mark);
    return at == std::string_view::npos ? std::string_view{} : json.substr(at + mark.size());
}

// Lines up to the empty one that ends an event or a comment; "\n" is the only line end allowed.
Event parse_event(std::string_view block) {
    Event event;
    bool first = true;
    while (!block.empty()) {
        auto const end = block.find('\n');
        auto const line = block.substr(0, end);
        block.remove_prefix(end + 1);
        if (line.rfind("event: ", 0) == 0) {
            event.name = line.substr(7);
        } else if (line.rfind("data:", 0) == 0) {
            auto data = line.substr(5);
            if (!data.empty() && data.front() == ' ') data.remove_prefix(1); // the EventSource rule
            if (!first) event.payload += '\n';
            event.payload += data;
            first = false;
        } else if (line.rfind("id:", 0) == 0) {
            event.id = line.substr(3);
        } else if (line.rfind("retry:", 0) == 0) {
            event.retry = line.substr(6);
        } else {
            throw WireError("unexpected line in an event: " + std::string(line));
        }
    }
    return event;
}

} // namespace

std::string Event::text(std::string_view member) const {
    auto value = after_member(payload, member);
    if (value.empty() || value.front() != '"') return "";
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
}

bool Event::flag(std::string_view member) const {
    return after_member(payload, member).rfind("true", 0) == 0;
}

std::optional<std::int64_t> Event::number(std::string_view member) const {
    auto const value = std::string(after_member(payload, member));
    if (value.empty() || value.front() < '0' || value.front() > '9') return std::nullopt;
    return std::stoll(value);
}

EventStream::EventStream(std::uint16_t port, std::string_view target, Headers const& headers,
                         int receive_buffer, Over over)
    : wire_(port, receive_buffer, over) {
    wire_.send(request("GET", target, headers));
    head_ = wire_.reply_head();
    if (head_.status != 200) {
        if (head_.has("Content-Length"))
            head_.body = wire_.take(std::stoul(head_["Content-Length"]));
    } else if (!head_.chunked) {
        throw WireError("a live response without chunks");
    }
}

std::optional<Event> EventStream::next(Wait patience) {
    for (;;) {
        while (pending_.rfind(":", 0) == 0) {
            auto const end = pending_.find("\n\n");
            if (end == std::string::npos) break;
            pending_.erase(0, end + 2);
            ++comments_;
        }
        auto const end = pending_.find("\n\n");
        if (end != std::string::npos) {
            auto event = parse_event(std::string_view(pending_).substr(0, end + 1));
            pending_.erase(0, end + 2);
            if (event.name == "control") last_offset_ = event.text("streamNextOffset");
            return event;
        }
        auto piece = wire_.chunk(patience);
        if (piece.empty()) {
            if (!pending_.empty()) throw WireError("the response ends inside an event");
            return std::nullopt;
        }
        pending_ += piece;
    }
}

std::vector<std::string> EventStream::until_up_to_date() {
    std::vector<std::string> payloads;
    while (auto event = next()) {
        if (event->name == "data") payloads.push_back(event->payload);
        if (event->flag("upToDate") || event->flag("streamClosed")) break;
    }
    return payloads;
}

} // namespace ds::test
