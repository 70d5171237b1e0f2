// Redis (XADD, XREAD BLOCK) and NATS JetStream (a publish that is acknowledged, a core
// subscription).
#pragma once

#include "bench/dialect.h"

namespace ds::redis {

std::string append(std::string_view stream, std::string_view body);
FirstAnswer first_answer(std::string_view arrived);
std::string subscribe(std::string_view stream);
std::string stay_subscribed(std::string_view stream, SubscriberMemory& memory,
                            std::string_view fresh);

} // namespace ds::redis

namespace ds::nats {

std::string greeting(std::size_t connection);
std::string create(std::size_t connection);
std::string append(std::string_view stream, std::string_view body, std::size_t connection);
FirstAnswer first_answer(std::string_view arrived);
std::string subscribe(std::string_view stream, std::size_t connection);
std::string stay_subscribed(SubscriberMemory& memory, std::string_view fresh);

} // namespace ds::nats
