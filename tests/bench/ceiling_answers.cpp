// The protocol, as much of it as a load needs.
#include "bench/ceiling.h"
#include "bench/load.h"

#include <unistd.h>

#include <utility>

namespace ds {

namespace {

constexpr std::string_view k_next = "Stream-Next-Offset: ";
constexpr std::string_view k_line_end = "\r\n";

void say_error(std::string_view status, std::string& into) {
    into.append("HTTP/1.1 ").append(status).append("\r\nContent-Length: 0\r\n\r\n");
}

// Where a read starts; nothing for a token that is none.
std::optional<CeilingPlace> start_of(CeilingRequest const& request, CeilingStream const& stream) {
    auto const offset = request.parameter("offset");
    if (offset == "now") return stream.tail();
    if (offset.empty() || offset == "-1") return stream.forward({});
    auto const place = read_place(offset);
    if (!place || !stream.read(*place)) return std::nullopt;
    return stream.forward(*place);
}

void say_head(CeilingStream const& stream, CeilingPlace next, bool up_to_date, std::string& into) {
    into.append("HTTP/1.1 200 OK\r\nContent-Type: ").append(stream.content_type());
    into.append(k_line_end).append(k_next);
    write_place(next, into);
    if (up_to_date) into.append("\r\nStream-Up-To-Date: true");
    into.append("\r\nStream-Cursor: 1\r\n");
}

void say_control(CeilingPlace next, std::string& into) {
    into.append("event: control\ndata: {\"streamNextOffset\":\"");
    write_place(next, into);
    into.append("\",\"streamCursor\":\"1\",\"upToDate\":true}\n\n");
}

// Messages in an answer are an array, if they are JSON.
void say_messages(CeilingStream const& stream, std::string_view messages, std::string& into) {
    if (stream.json()) into.push_back('[');
    into.append(messages);
    if (stream.json()) into.push_back(']');
}

} // namespace

CeilingStream* Ceiling::find(std::string_view path) {
    auto const found = streams_.find(path);
    return found != streams_.end() ? found->second.get() : nullptr;
}

bool Ceiling::answer(std::uint32_t slot, CeilingRequest const& request) {
    if (request.method == "POST") {
        answer_append(slot, request);
        return true;
    }
    // Answers keep the order of requests.
    if (connections_[slot].waiting > 0) return false;
    if (request.method == "GET")
        answer_read(slot, request);
    else if (request.method == "PUT")
        answer_put(request);
    else
        say_error("405 Method Not Allowed", answers_);
    return true;
}

void Ceiling::answer_put(CeilingRequest const& request) {
    auto& stream = streams_[std::string(request.path)];
    if (!stream) stream = std::make_unique<CeilingStream>(request.header("Content-Type"));
    answers_.append("HTTP/1.1 201 Created\r\n").append(k_next);
    write_place(stream->tail(), answers_);
    answers_.append("\r\nContent-Length: 0\r\n\r\n");
}

void Ceiling::answer_append(std::uint32_t slot, CeilingRequest const& request) {
    auto* const stream = find(request.path);
    if (stream == nullptr) return say_error("404 Not Found", answers_);
    auto& connection = connections_[slot];
    if (log_) {
        ++connection.waiting;
        arriving_.bodies.append(request.body);
        arriving_.appends.push_back({slot, connection.generation, stream, request.body.size()});
        return;
    }
    stream->append(request.body);
    say_appended(stream->tail());
    publish(*stream, request.body);
    if (!stream->parked.empty()) publications_.push_back({stream, request.body, stream->tail()});
}

void Ceiling::say_appended(CeilingPlace next) {
    answers_.append("HTTP/1.1 204 No Content\r\n").append(k_next);
    write_place(next, answers_);
    answers_.append("\r\n\r\n");
}

void Ceiling::answer_committed() {
    std::uint64_t rung = 0;
    if (read(bell_, &rung, sizeof rung) != sizeof rung) return;
    log_->take(committed_);
    std::string_view bodies = committed_.bodies;
    auto const& appends = committed_.appends;
    std::vector<Publication> published;
    answers_.clear();
    for (std::size_t i = 0; i < appends.size(); ++i) {
        auto const& append = appends[i];
        auto const body = bodies.substr(0, append.size);
        bodies.remove_prefix(append.size);
        append.stream->append(body);
        auto const next = append.stream->tail();
        publish(*append.stream, body);
        if (!append.stream->parked.empty()) published.push_back({append.stream, body, next});
        auto& connection = connections_[append.connection];
        if (connection.generation != append.generation) continue;
        --connection.waiting;
        say_appended(next);
        // What one connection has sent in a row is answered at once.
        bool const same = i + 1 < appends.size() &&
                          appends[i + 1].connection == append.connection &&
                          appends[i + 1].generation == append.generation;
        if (same) continue;
        flush(append.connection, answers_);
        answers_.clear();
    }
    for (auto const& publication : published)
        wake_parked(publication);
    for (auto const& append : appends)
        resume(append.connection);
}

void Ceiling::answer_read(std::uint32_t slot, CeilingRequest const& request) {
    auto* const stream = find(request.path);
    if (stream == nullptr) return say_error("404 Not Found", answers_);
    auto const place = start_of(request, *stream);
    auto const live = request.parameter("live");
    bool const at_tail = place == stream->tail();
    // Live events are sent from the tail on, and from nowhere else.
    if (!place || (live == "sse" && !at_tail)) return say_error("400 Bad Request", answers_);
    if (live == "sse") {
        answers_.append("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        say_control(*place, answers_);
        return follow(slot, *stream, Role::reader);
    }
    if (live == "long-poll" && at_tail) return follow(slot, *stream, Role::parked);
    answer_page(connections_[slot], request, *stream, *place);
}

void Ceiling::answer_page(Connection& connection, CeilingRequest const& request,
                          CeilingStream& stream, CeilingPlace place) {
    auto const body = *stream.read(place);
    auto const page_end = place.at + stream.piece(place, std::string_view::npos).size();
    auto const next = stream.forward({place.page, page_end});
    std::string etag = "\"";
    write_place(place, etag);
    etag.push_back(':');
    write_place(next, etag);
    etag.push_back('"');
    if (request.header("If-None-Match") == etag) {
        answers_.append("HTTP/1.1 304 Not Modified\r\nETag: ").append(etag).append("\r\n\r\n");
        return;
    }
    auto const brackets = stream.json() ? std::size_t{2} : 0;
    say_head(stream, next, next == stream.tail(), answers_);
    answers_.append("ETag: ").append(etag).append("\r\nContent-Length: ");
    answers_.append(std::to_string(body.size() + brackets)).append("\r\n\r\n");
    if (stream.json()) answers_.push_back('[');
    // Large pages go out of the stream's memory.
    constexpr std::size_t k_copied_bytes = 16384;
    if (body.size() > k_copied_bytes) {
        auto const from = page_end - body.size();
        connection.page = std::make_unique<Sending>(
            Sending{&stream, {place.page, from}, body.size(), stream.json()});
        return;
    }
    answers_.append(body);
    if (stream.json()) answers_.push_back(']');
}

void Ceiling::follow(std::uint32_t slot, CeilingStream& stream, Role role) {
    auto& connection = connections_[slot];
    auto& list = role == Role::reader ? stream.readers : stream.parked;
    connection.role = role;
    connection.stream = &stream;
    connection.place = static_cast<std::uint32_t>(list.size());
    connection.has = stream.feed.end();
    list.push_back(slot);
}

void Ceiling::unfollow(Connection& connection) {
    if (connection.role == Role::none) return;
    auto& list =
        connection.role == Role::reader ? connection.stream->readers : connection.stream->parked;
    list[connection.place] = list.back();
    connections_[list.back()].place = connection.place;
    list.pop_back();
    // Who has taken its place may have had no visit in this round.
    connection.stream->feed.left = connection.stream->readers.size();
    connection.role = Role::none;
}

void Ceiling::publish(CeilingStream& stream, std::string_view body) {
    if (stream.readers.empty()) return;
    auto& feed = stream.feed;
    bool const first = feed.messages.empty();
    feed.messages.append(stream.messages_of(body));
    if (stream.json()) feed.messages.push_back(',');
    if (!first) return;
    feeding_.push_back(&stream);
    feed.round_end = feed.end();
    feed.left = stream.readers.size();
}

void Ceiling::visit_readers() {
    std::erase_if(feeding_, [this](auto* const stream) { return !visit_some(*stream); });
}

// False when all have everything.
bool Ceiling::visit_some(CeilingStream& stream) {
    // New appends are looked for in between.
    constexpr int k_visits = 128;
    auto& feed = stream.feed;
    auto framed_from = feed.end();
    for (int i = 0; i < k_visits && !stream.readers.empty() && !feed.messages.empty(); ++i) {
        auto const slot = stream.readers[feed.next % stream.readers.size()];
        auto const has = std::exchange(connections_[slot].has, feed.end());
        if (has < feed.end()) {
            if (has != framed_from) frame(stream, has);
            framed_from = has;
            flush(slot, frame_);
        }
        feed.visited(stream.readers.size());
    }
    if (stream.readers.empty()) feed.forget();
    return !feed.messages.empty();
}

// All messages from a place of the feed on, as one event, and where they end.
void Ceiling::frame(CeilingStream const& stream, std::uint64_t from) {
    auto const messages = std::string_view(stream.feed.messages).substr(from - stream.feed.begin);
    frame_.assign("event: data\ndata: ");
    say_messages(stream, messages.substr(0, messages.size() - (stream.json() ? 1 : 0)), frame_);
    frame_.append("\n\n");
    say_control(stream.tail(), frame_);
}

void Ceiling::wake_parked(Publication const& publication) {
    auto& stream = *publication.stream;
    if (stream.parked.empty()) return;
    std::string body;
    say_messages(stream, stream.messages_of(publication.body), body);
    std::string answer;
    say_head(stream, publication.next, true, answer);
    answer.append("Content-Length: ").append(std::to_string(body.size()));
    answer.append("\r\n\r\n").append(body);
    auto const woken = std::exchange(stream.parked, {});
    for (auto const slot : woken)
        connections_[slot].role = Role::none;
    for (auto const slot : woken) {
        flush(slot, answer);
        resume(slot);
    }
}

} // namespace ds
