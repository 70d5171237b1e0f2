// Durable Streams over HTTP, and nchan, which takes a POST and sends server-sent events as well.
#pragma once

#include "bench/dialect.h"

namespace ds::http {

std::string put(Target const& target, std::string_view stream, std::string_view content_type);
std::string post(Target const& target, std::string_view stream, std::string_view content_type,
                 std::string_view body, std::optional<ProducerMark> const& producer);
std::string subscribe(Target const& target, std::string_view stream);
FirstAnswer first_answer(std::string_view arrived);
std::optional<std::string_view> header_value(std::string_view head, std::string_view name);
// Sets memory.begun when the first bytes of live reading have come.
void note_begin(Target const& target, SubscriberMemory& memory, std::string_view fresh);

} // namespace ds::http
