// Choosing requests.
#include "support/operations.h"

#include <array>
#include <iterator>

namespace ds {

namespace {

using Kind = Operation::Kind;

constexpr std::array<char const*, 6> k_types{
    "application/json",         "application/json; charset=utf-8", "text/plain",
    "text/plain;charset=UTF-8", "application/octet-stream",        "image/png"};
constexpr std::array<char const*, 3> k_ttls{"3600", "86400", "999999"};
constexpr std::array<char const*, 3> k_instants{"2091-02-03T04:05:06Z", "2091-02-03T04:05:06+00:00",
                                                "2077-01-01T00:00:00Z"};
constexpr std::string_view k_zero = "0000000000000000_0000000000000000";
constexpr std::string_view k_beyond = "9999999999999999_9999999999999999";

} // namespace

Operations::Operations(WalkSettings settings, std::uint64_t seed)
    : settings_(std::move(settings)),
      dice_(seed) {
    for (std::size_t i = 0; i < settings_.names; ++i) {
        auto const number = std::to_string(i);
        auto const name = i % 7 == 5 && !settings_.protocol_only ? "r\xC3\xBC"
                                                                   "be " +
                                                                       number
                          : i % 5 == 4 ? "deep/er/" + number
                                       : "s" + number;
        names_.push_back(settings_.project + "/" + name);
    }
}

Operation Operations::next(Model& model) {
    auto const& name = dice_.pick(names_);
    auto const* const stream = model.find(name);
    auto const choice = dice_.below(100);
    if (stream == nullptr && choice < 70) return put(model, name);
    if (stream != nullptr && stream->messages.size() > settings_.messages_max)
        return {.kind = Kind::remove, .name = name};
    if (choice >= 100 - settings_.removes) return {.kind = Kind::remove, .name = name};
    if (choice < 48) return post(model, name);
    if (choice < 84) return read(model, name);
    if (choice < 90) return {.kind = Kind::head, .name = name};
    return put(model, name);
}

std::string Operations::message(bool json) {
    auto const id = std::to_string(++made_);
    auto const shape = dice_.below(100);
    auto size = dice_.between(1, 60);
    if (shape == 0) size = dice_.between(1000, 9000);
    if (settings_.large_messages && dice_.below(4000) == 0) size = dice_.between(200'000, 600'000);
    if (!json) return id + ":" + dice_.letters(size) + ";";
    if (settings_.protocol_only)
        return R"({"id":)" + id + R"(,"t":")" + dice_.letters(size) + "\"}";
    if (shape < 20) return id + "12345678901234567890.5e+7"; // digits no double can hold
    if (shape < 30) return R"({"id":)" + id + R"( , "a":1,"a":2,"n":[ [ ],null,true]})";
    if (shape < 40) return "[" + id + R"(,"\u00e9\ud83d\ude00 \"quoted\" \\ ",[[{}]]])";
    if (shape < 50)
        return "\"" + id +
               " r\xC3\xBC"
               "be \xE2\x82\xAC\"";
    return R"({"id":)" + id + R"(,"t":")" + dice_.letters(size) + "\"}";
}

ModelBody Operations::body(bool json) {
    ModelBody made;
    made.messages.push_back(message(json));
    made.bytes = made.messages[0];
    if (!json) return made;
    auto const count = dice_.in_hundred(40) ? dice_.between(2, 6) : 1;
    bool const bare = count == 1 && made.bytes[0] != '[' && dice_.in_hundred(60);
    auto const gap = dice_.in_hundred(20) && !settings_.protocol_only ? " \n\t" : "";
    if (bare) {
        made.bytes = gap + made.bytes + gap;
        return made;
    }
    made.bytes = std::string("[") + gap + made.bytes;
    for (std::uint64_t i = 1; i < count; ++i) {
        made.messages.push_back(message(json));
        made.bytes.append(gap).append(",").append(gap).append(made.messages.back());
    }
    made.bytes.append(gap).append("]");
    return made;
}

std::string Operations::type_variant(std::string const& content_type) {
    if (settings_.protocol_only || !dice_.in_hundred(20)) return content_type;
    auto const essence = type_essence(content_type);
    return dice_.in_hundred(50) ? essence + "; charset=utf-8" : "A" + essence.substr(1);
}

Operation Operations::put(Model& model, std::string const& name) {
    Operation ask{.kind = Kind::put, .name = name};
    auto const* const existing = model.find(name);
    std::string type = dice_.pick(k_types);
    if (existing != nullptr && dice_.in_hundred(80)) {
        type = existing->content_type;
        ask.ttl = existing->ttl;
        ask.expires = existing->expires;
        ask.close = existing->closed;
    }
    if (dice_.in_hundred(85) || settings_.protocol_only) ask.content_type = type_variant(type);
    if (!settings_.protocol_only && dice_.in_hundred(existing != nullptr ? 5 : 20)) {
        ask.ttl = ask.expires = "";
        if (dice_.in_hundred(50))
            ask.ttl = dice_.pick(k_ttls);
        else
            ask.expires = dice_.pick(k_instants);
    }
    if (dice_.in_hundred(4)) ask.close = !ask.close;
    bool const is_fork = existing != nullptr && !existing->source.empty();
    bool const again = is_fork && (dice_.in_hundred(70) || settings_.protocol_only);
    if (again) {
        ask.fork_from = existing->source;
        ask.fork_offset = existing->fork_offset;
        if (existing->fork_sub_offset > 0)
            ask.fork_sub_offset = std::to_string(existing->fork_sub_offset);
    }
    if (again ? dice_.in_hundred(20) : dice_.in_hundred(35)) ask_for_fork(model, ask);

    if (existing == nullptr && !ask.fork_from && !settings_.protocol_only && dice_.in_hundred(3)) {
        ask.ttl = ask.expires = "";
        if (dice_.in_hundred(50))
            ask.ttl = "0";
        else
            ask.expires = k_past_instant;
    }
    // The body is split by the type that the stream will have.
    auto const* const source = ask.fork_from ? model.find(*ask.fork_from) : nullptr;
    bool const json =
        type_essence(source != nullptr ? source->content_type : ask.content_type.value_or("")) ==
        "application/json";
    if (dice_.in_hundred(40)) ask.body = body(json);
    if (json && dice_.in_hundred(3)) ask.body = {.bytes = "[]"};
    if (json && dice_.in_hundred(3)) ask.body = {.bytes = "{\"cut\":", .broken = true};
    // A closing PUT without a body on a JSON stream, a body without a type: both are legal.
    if (dice_.in_hundred(3) && !settings_.protocol_only) make_malformed_put(ask);
    return ask;
}

void Operations::ask_for_fork(Model& model, Operation& ask) {
    auto const source_name = dice_.pick(names_);
    ask.fork_from = source_name;
    ask.fork_offset.reset();
    ask.fork_sub_offset.reset();
    auto const* const source = model.find(source_name);
    if (source == nullptr) return;
    if (dice_.in_hundred(85) || settings_.protocol_only) ask.content_type = source->content_type;
    if (dice_.in_hundred(30)) ask.content_type.reset();
    if (dice_.in_hundred(35)) return; // at the head
    auto position = source->tail();
    if (!source->tokens.empty() && dice_.in_hundred(80))
        position = std::next(source->tokens.begin(),
                             static_cast<std::ptrdiff_t>(dice_.below(source->tokens.size())))
                       ->first;
    auto const known = source->tokens.find(position);
    if (settings_.protocol_only) {
        if (known != source->tokens.end() && dice_.in_hundred(50)) ask.fork_offset = k_zero;
        return;
    }
    ask.fork_offset = source->spell(position);
    if (dice_.in_hundred(3)) ask.fork_offset = k_beyond;
    if (dice_.in_hundred(40))
        ask.fork_sub_offset = std::to_string(dice_.below(source->json ? 4 : 12));
    if (dice_.in_hundred(3) && model.find(ask.name) == nullptr)
        ask.fork_from = settings_.other_project + "/s0";
}

Operation Operations::post(Model& model, std::string const& name) {
    Operation ask{.kind = Kind::post, .name = name};
    auto const* const stream = model.find(name);
    bool const json = stream != nullptr && stream->json;
    std::string const type = stream != nullptr ? stream->content_type : "text/plain";
    ask.content_type = type_variant(type);
    ask.body = body(json);
    if (dice_.in_hundred(4)) ask.content_type = dice_.pick(k_types);
    if (dice_.in_hundred(2) && !settings_.protocol_only) ask.content_type.reset();
    if (json && dice_.in_hundred(3))
        ask.body = {.bytes = dice_.in_hundred(50) ? "[1,]" : "{\"a\":01}", .broken = true};
    if (json && dice_.in_hundred(2)) ask.body = {.bytes = " [ ] "};
    if (dice_.in_hundred(2) && !settings_.protocol_only) ask.body = {};
    if (dice_.in_hundred(settings_.closes)) ask.close = true;
    if (ask.close && dice_.in_hundred(40)) ask.body = {};
    if (stream == nullptr || (settings_.protocol_only && stream->soft_deleted)) return ask;
    if (dice_.in_hundred(40)) number(*stream, ask);
    if (dice_.in_hundred(10)) {
        auto const last = stream->stream_seq.value_or("m");
        ask.stream_seq = dice_.in_hundred(70) ? last + dice_.letters(1) : dice_.letters(2);
        if (ask.stream_seq->size() > 40) ask.stream_seq = "z" + dice_.letters(2);
    }
    // A retry of the append that closed the stream.
    if (stream->closed && stream->closer && dice_.in_hundred(50)) {
        ask.producer = stream->closer;
        ask.close = true;
    }
    bool const sound = !stream->closed && !stream->soft_deleted && !settings_.protocol_only;
    if (sound && dice_.in_hundred(1)) make_malformed_post(ask);
    return ask;
}

// Producer headers, mostly the next in order.
void Operations::number(ModelStream const& stream, Operation& ask) {
    constexpr std::array<char const*, 3> k_producers{"alpha", "beta:1", "gamma_2.x"};
    ProducerTuple claim{.id = dice_.pick(k_producers)};
    auto const found = stream.producers.find(claim.id);
    if (found != stream.producers.end()) {
        claim = found->second;
        ++claim.sequence;
    }
    auto const mistake = dice_.below(100);
    if (mistake < 15)
        claim.sequence -= std::min(claim.sequence, dice_.between(1, 3));
    else if (mistake < 20)
        claim.sequence += dice_.between(1, 3);
    else if (mistake < 25)
        claim.epoch -= std::min<std::uint64_t>(claim.epoch, 1);
    else if (mistake < 31)
        claim = {claim.id, claim.epoch + dice_.between(1, 2), 0};
    else if (mistake < 33)
        claim = {claim.id, claim.epoch + 1, 2};
    ask.producer = claim;
}

Operation Operations::read(Model& model, std::string const& name) {
    Operation ask{.kind = Kind::get, .name = name};
    auto* const stream = model.find(name);
    if (stream == nullptr || stream->soft_deleted) return ask;
    auto const choice = dice_.below(100);
    if (choice < 25 || stream->tokens.empty()) {
        if (dice_.in_hundred(70)) ask.offset = "-1";
    } else if (choice < 32) {
        ask.offset = "now";
    } else if (choice < 37 && !settings_.protocol_only) {
        make_odd_read(*stream, ask);
        return ask;
    } else {
        auto known = std::next(stream->tokens.begin(),
                               static_cast<std::ptrdiff_t>(dice_.below(stream->tokens.size())));
        if (dice_.in_hundred(30)) known = std::prev(stream->tokens.end());
        ask.offset = known->second;
        ask.from = known->first;
        // Inside a message of a byte stream, a place nobody was told of but that exists.
        if (!stream->json && !settings_.protocol_only && dice_.in_hundred(10) &&
            ask.from + 1 < stream->tail()) {
            ask.offset = stream->spell(ask.from + 1);
            ask.from = stream->message_at(ask.from + 1);
        }
    }
    if (!settings_.protocol_only && dice_.in_hundred(50)) ask.limit = dice_.between(1, 40);
    // Live where the answer does not wait.
    bool const waits = ask.offset == "now" || ask.from == stream->tail();
    bool const answered_at_once = !waits || (stream->closed && !settings_.protocol_only);
    if (ask.offset && answered_at_once && dice_.in_hundred(25)) ask.long_poll = true;
    return ask;
}

} // namespace ds
