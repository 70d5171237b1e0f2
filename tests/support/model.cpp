// The rules, in the order in which they are judged.
#include "support/model.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace ds {

std::string type_essence(std::string const& content_type) {
    auto essence = content_type.substr(0, content_type.find(';'));
    while (essence.ends_with(' '))
        essence.pop_back();
    std::ranges::transform(essence, essence.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return essence;
}

std::string same_instant(std::string expires) {
    if (expires.ends_with("+00:00")) expires.replace(expires.size() - 6, 6, "Z");
    return expires;
}

std::string spell_token(std::uint64_t segment, std::uint64_t position) {
    char token[48];
    std::snprintf(token, sizeof token, "%016llu_%016llu", static_cast<unsigned long long>(segment),
                  static_cast<unsigned long long>(position));
    return token;
}

std::string ModelStream::spell(std::uint64_t position) const {
    auto const after = std::ranges::upper_bound(segments, position);
    auto const segment = static_cast<std::size_t>(after - segments.begin()) - 1;
    return spell_token(first_segment + segment, position - segments[segment]);
}

std::optional<std::uint64_t> ModelStream::resolve(std::string const& token) const {
    std::uint64_t segment = 0;
    std::uint64_t place = 0;
    if (token.size() != 33) return std::nullopt;
    std::from_chars(token.data(), token.data() + 16, segment);
    std::from_chars(token.data() + 17, token.data() + 33, place);
    if (segment < first_segment) return std::nullopt;
    segment -= first_segment;
    if (segment >= segments.size()) return std::nullopt;
    auto const position = segments[segment] + place;
    if (position > tail() || spell(position) != token) return std::nullopt;
    return position;
}

std::uint64_t ModelStream::message_at(std::uint64_t position) const {
    auto const which =
        static_cast<std::size_t>(std::ranges::upper_bound(ends, position) - ends.begin());
    return which == 0 ? 0 : ends[which - 1];
}

std::uint64_t ModelStream::count(std::uint64_t from, std::uint64_t to) const {
    if (from >= to) return 0;
    auto const first = std::ranges::upper_bound(ends, from) - ends.begin();
    auto const last = std::ranges::lower_bound(ends, to) - ends.begin();
    return static_cast<std::uint64_t>(last - first) + 1;
}

std::string ModelStream::text(std::uint64_t from, std::uint64_t to) const {
    std::string joined = json ? "[" : "";
    auto which = static_cast<std::size_t>(std::ranges::upper_bound(ends, from) - ends.begin());
    for (auto at = from; at < to; at = ends[which], ++which) {
        auto const& message = messages[which];
        if (json) {
            if (at > from) joined.push_back(',');
            joined.append(message);
            continue;
        }
        auto const start = ends[which] - message.size();
        joined.append(message, at - start, std::min(ends[which], to) - at);
    }
    if (json) joined.push_back(']');
    return joined;
}

void ModelStream::append(std::vector<std::string> const& added, ModelLimits const& limits) {
    for (auto const& message : added) {
        ends.push_back(tail() + (json ? 1 : message.size()));
        messages.push_back(message);
        open_bytes += message.size();
    }
    if (added.empty()) return;
    if (json) open_bytes += added.size() - 1; // stored joined by commas
    open_messages += added.size();
    append_ends.insert(tail());
    if (open_messages < limits.segment_messages && open_bytes < limits.segment_bytes) return;
    segments.push_back(tail());
    open_messages = open_bytes = 0;
}

ModelStream* Model::find(std::string const& name) {
    auto const found = streams_.find(name);
    return found != streams_.end() ? &found->second : nullptr;
}

Expectation Model::put_existing(ModelStream const& stream, Operation const& ask) const {
    if (stream.soft_deleted) return {409};
    if (ask.content_type && type_essence(*ask.content_type) != type_essence(stream.content_type))
        return {409, "CONTENT_TYPE_MISMATCH"};
    if (ask.close != stream.closed) return {409, "STREAM_CLOSED_STATUS_MISMATCH"};
    auto ttl = ask.ttl;
    auto expires = ask.expires;
    bool const inherits = ask.fork_from && ttl.empty() && expires.empty() && !stream.source.empty();
    if (inherits) {
        ttl = streams_.at(stream.source).ttl;
        expires = streams_.at(stream.source).expires;
    }
    if (ttl != stream.ttl || same_instant(expires) != same_instant(stream.expires))
        return {409, "STREAM_TTL_MISMATCH"};
    if (ask.fork_from) {
        auto const at = stream.fork_offset.value_or(stream.spell(stream.fork_point));
        bool const same =
            *ask.fork_from == stream.source && ask.fork_offset.value_or(at) == at &&
            ask.fork_sub_offset.value_or("0") == std::to_string(stream.fork_sub_offset);
        if (!same) return {409};
    }
    return {
        200,
        "",
        stream.tail(),
        {{"content-type", stream.content_type}, {"stream-closed", stream.closed ? "true" : ""}}};
}

// Fills in what a fork inherits; an expectation when it is refused.
std::optional<Expectation> Model::fork(ModelStream& into, Operation const& ask) {
    auto const project = [](std::string const& name) { return name.substr(0, name.find('/')); };
    if (project(*ask.fork_from) != project(ask.name)) return Expectation{400};
    auto* const source = find(*ask.fork_from);
    if (source == nullptr) return Expectation{404, "STREAM_NOT_FOUND"};
    if (source->soft_deleted) return Expectation{409};
    if (ask.content_type && type_essence(*ask.content_type) != type_essence(source->content_type))
        return Expectation{409, "CONTENT_TYPE_MISMATCH"};
    auto const anchor = ask.fork_offset ? source->resolve(*ask.fork_offset) : source->tail();
    if (!anchor) return Expectation{400};
    std::uint64_t sub = 0;
    if (auto const& text = ask.fork_sub_offset)
        std::from_chars(text->data(), text->data() + text->size(), sub);
    auto const boundary = source->append_ends.upper_bound(*anchor);
    if (sub > (boundary != source->append_ends.end() ? *boundary - *anchor : 0))
        return Expectation{400};

    auto const point = *anchor + sub;
    into = *source;
    into.content_type = source->content_type;
    into.source = *ask.fork_from;
    into.fork_offset = ask.fork_offset;
    into.fork_point = point;
    into.fork_sub_offset = sub;
    into.forks = 0;
    into.closed = false;
    if (!ask.ttl.empty() || !ask.expires.empty()) into.ttl = into.expires = "";
    into.producers.clear();
    into.stream_seq.reset();
    into.closer.reset();
    into.open_messages = into.open_bytes = 0;
    // Keep what lies before the point; a message across it is cut.
    auto const kept = source->count(0, point);
    into.messages.resize(kept);
    into.ends.resize(kept);
    if (kept > 0 && into.ends.back() > point) {
        into.messages.back().resize(into.messages.back().size() - (into.ends.back() - point));
        into.ends.back() = point;
    }
    into.append_ends.erase(into.append_ends.lower_bound(point), into.append_ends.end());
    if (point > 0) into.append_ends.insert(point);
    std::erase_if(into.segments, [&](auto start) { return start > point; });
    into.tokens.erase(into.tokens.upper_bound(point), into.tokens.end());
    return std::nullopt;
}

Expectation Model::put(Operation const& ask) {
    if (auto const* stream = find(ask.name)) return put_existing(*stream, ask);
    ModelStream made;
    if (ask.fork_from) {
        if (auto refused = fork(made, ask)) return *refused;
    } else {
        made.content_type = ask.content_type.value_or("application/octet-stream");
        made.json = type_essence(made.content_type) == "application/json";
        made.first_segment = next_segments_[ask.name];
    }
    if (made.json && ask.body.broken) return {400, "INVALID_JSON"};
    if (!ask.ttl.empty()) made.ttl = ask.ttl;
    if (!ask.expires.empty()) made.expires = ask.expires;
    made.generation = ++generations_;
    made.append(ask.body.messages, limits_);
    made.closed = ask.close;
    if (ask.fork_from) ++find(*ask.fork_from)->forks;
    Expectation created{
        201,
        "",
        made.tail(),
        {{"content-type", made.content_type}, {"stream-closed", made.closed ? "true" : ""}}};
    // A lifetime that is over at once is legal: created, and gone.
    bool const ended = made.ttl == "0" || made.expires == k_past_instant;
    if (ended)
        note_end(ask.name, made);
    else
        streams_[ask.name] = std::move(made);
    return created;
}

Expectation Model::post(Operation const& ask) {
    auto* const stream = find(ask.name);
    if (stream == nullptr) return {404, "STREAM_NOT_FOUND"};
    if (stream->soft_deleted) return {410};
    if (!stream->closed) return post_open(*stream, ask);
    std::map<std::string, std::string> const closed{{"stream-closed", "true"}};
    if (ask.producer && ask.producer == stream->closer) return {204, "", stream->tail(), closed};
    bool const only_closes = ask.close && ask.body.bytes.empty();
    if (only_closes && !ask.producer) return {204, "", stream->tail(), closed};
    return {409, "STREAM_CLOSED", stream->tail(), closed};
}

Expectation Model::post_open(ModelStream& stream, Operation const& ask) {
    bool const empty = ask.body.bytes.empty();
    if (!empty && !ask.content_type) return {400, "CONTENT_TYPE_REQUIRED"};
    if (!empty && type_essence(*ask.content_type) != type_essence(stream.content_type))
        return {409, "CONTENT_TYPE_MISMATCH"};
    if (auto const& claim = ask.producer) {
        auto const found = stream.producers.find(claim->id);
        bool const known = found != stream.producers.end();
        ProducerTuple const last = known ? found->second : ProducerTuple{};
        if (known && claim->epoch < last.epoch)
            return {
                403, "STALE_PRODUCER_EPOCH", {}, {{"producer-epoch", std::to_string(last.epoch)}}};
        if (known && claim->epoch > last.epoch && claim->sequence != 0)
            return {400, "PRODUCER_SEQ_MUST_START_AT_ZERO"};
        bool const same_epoch = known && claim->epoch == last.epoch;
        if (same_epoch && claim->sequence <= last.sequence)
            return {204,
                    "",
                    stream.tail(),
                    {{"producer-epoch", std::to_string(last.epoch)},
                     {"producer-seq", std::to_string(last.sequence)}}};
        auto const wanted = same_epoch ? last.sequence + 1 : 0;
        if (claim->sequence != wanted)
            return {409,
                    "PRODUCER_SEQUENCE_GAP",
                    {},
                    {{"producer-expected-seq", std::to_string(wanted)},
                     {"producer-received-seq", std::to_string(claim->sequence)}}};
    }
    if (ask.stream_seq && stream.stream_seq && *ask.stream_seq <= *stream.stream_seq)
        return {409, "STREAM_SEQ_REGRESSION"};
    if (empty && !ask.close) return {400, "EMPTY_BODY"};
    if (stream.json && ask.body.broken) return {400, "INVALID_JSON"};
    if (!empty && ask.body.messages.empty()) return {400, "EMPTY_JSON_ARRAY"};

    stream.append(ask.body.messages, limits_);
    stream.closed = ask.close;
    if (ask.producer) stream.producers[ask.producer->id] = *ask.producer;
    if (ask.close && ask.producer) stream.closer = ask.producer;
    if (ask.stream_seq) stream.stream_seq = ask.stream_seq;
    Expectation done{ask.producer && !empty ? 200 : 204,
                     "",
                     stream.tail(),
                     {{"stream-closed", ask.close ? "true" : ""}}};
    if (ask.producer) {
        done.headers["producer-epoch"] = std::to_string(ask.producer->epoch);
        done.headers["producer-seq"] = std::to_string(ask.producer->sequence);
    }
    return done;
}

// No offset of a stream that anybody has read is one of the next stream of its name.
void Model::note_end(std::string const& name, ModelStream const& stream) {
    auto const first = stream.source.empty() ? stream.first_segment : 0;
    if (stream.spell(stream.tail()) == spell_token(first, 0)) return;
    next_segments_[name] = stream.first_segment + stream.segments.size();
}

Expectation Model::remove(Operation const& ask) {
    auto* stream = find(ask.name);
    if (stream == nullptr) return {404, "STREAM_NOT_FOUND"};
    if (stream->soft_deleted) return {410};
    // Up the chain: a soft-deleted source goes with its last fork.
    stream->soft_deleted = true;
    for (auto name = ask.name; stream != nullptr && stream->soft_deleted && stream->forks == 0;) {
        auto const source = stream->source;
        note_end(name, *stream);
        streams_.erase(name);
        name = source;
        stream = find(name);
        if (stream != nullptr) --stream->forks;
    }
    return {204};
}

} // namespace ds
