// Which dialect speaks.
#include "bench/dialect.h"

#include "bench/dialect_brokers.h"
#include "bench/dialect_http.h"
#include "bench/load.h"

#include <array>
#include <utility>

namespace ds {

namespace {

constexpr std::array<std::pair<std::string_view, Dialect>, 4> k_names{{
    {"ds", Dialect::durable_streams},
    {"nchan", Dialect::nchan},
    {"redis", Dialect::redis},
    {"nats", Dialect::nats},
}};

} // namespace

Dialect dialect_named(std::string_view word) {
    for (auto const& [name, dialect] : k_names)
        if (name == word) return dialect;
    give_up("--dialect takes ds, nchan, redis or nats, not \"" + std::string(word) + "\"");
}

std::string_view name_of(Dialect dialect) {
    for (auto const& [name, known] : k_names)
        if (known == dialect) return name;
    give_up("a dialect without a name");
}

std::string credentials_of(Target const& target) {
    return target.token.empty() ? "" : "Authorization: Bearer " + target.token + "\r\n";
}

std::string greeting(Target const& target, std::size_t connection) {
    return target.dialect == Dialect::nats ? nats::greeting(connection) : "";
}

std::string create_request(Target const& target, std::string_view stream,
                           std::string_view content_type, std::size_t connection) {
    switch (target.dialect) {
    case Dialect::durable_streams: return http::put(target, stream, content_type);
    case Dialect::nats: return nats::create(connection);
    case Dialect::nchan:
    case Dialect::redis: break;
    }
    return "";
}

std::string append_request(Target const& target, std::string_view stream,
                           std::string_view content_type, std::string_view body,
                           std::size_t connection, std::optional<ProducerMark> const& producer) {
    if (producer && target.dialect != Dialect::durable_streams)
        give_up("only Durable Streams have producers");
    switch (target.dialect) {
    case Dialect::durable_streams:
    case Dialect::nchan: return http::post(target, stream, content_type, body, producer);
    case Dialect::redis: return redis::append(stream, body);
    case Dialect::nats: break;
    }
    return nats::append(stream, body, connection);
}

FirstAnswer first_answer(Target const& target, std::string_view arrived) {
    switch (target.dialect) {
    case Dialect::durable_streams:
    case Dialect::nchan: return http::first_answer(arrived);
    case Dialect::redis: return redis::first_answer(arrived);
    case Dialect::nats: break;
    }
    return nats::first_answer(arrived);
}

std::optional<std::string_view> header_value(std::string_view head, std::string_view name) {
    return http::header_value(head, name);
}

std::string subscribe_request(Target const& target, std::string_view stream,
                              std::size_t connection) {
    switch (target.dialect) {
    case Dialect::durable_streams:
    case Dialect::nchan: return http::subscribe(target, stream);
    case Dialect::redis: return redis::subscribe(stream);
    case Dialect::nats: break;
    }
    return nats::subscribe(stream, connection);
}

std::string stay_subscribed(Target const& target, std::string_view stream, SubscriberMemory& memory,
                            std::string_view fresh) {
    switch (target.dialect) {
    case Dialect::durable_streams:
    case Dialect::nchan:
        if (!memory.begun) http::note_begin(target, memory, fresh);
        break;
    case Dialect::redis: return redis::stay_subscribed(stream, memory, fresh);
    case Dialect::nats: return nats::stay_subscribed(memory, fresh);
    }
    return "";
}

} // namespace ds
