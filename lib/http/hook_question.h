// What an external hook is told of a request.
//
//     X-Original-Method, X-Original-URI   as they came; the URI is path and query
//     X-Forwarded-For, -Host, -Proto      the client, as far as trusted proxies say who it is
//     Stream-Right                        read, write or manage
//     Stream-Project, Stream-Name         whose; without Stream-Name it is about all of the project
//     and the request's own end-to-end headers, such as Authorization and Cookie, but for those
//     that speak of content, caching and streams
//
// Whatever the hook is told may decide, so a verdict is kept for exactly that. Only where a reader
// stands (?offset=, ?cursor=) does not count: it moves with every request.
#pragma once

#include "auth/hook.h"
#include "http/forwarded.h"
#include "http/gate.h"
#include "http/request.h"

#include <cstdint>
#include <string_view>

namespace ds::http {

// A browser sends them whatever page it was that asked.
enum class Cookies : std::uint8_t { count, left_out };

HookQuestion hook_question(Request const& request, Client const& client, Errand const& errand,
                           Cookies cookies);

} // namespace ds::http
