// What a request shows of who asks: for access, and for the external hook.
//
// A token comes as "Authorization: Bearer <token>"; for reads, where the project allows it, also as
// ?token= or as the cookie ds_token, because a browser's EventSource cannot send headers.
#pragma once

#include "http/forwarded.h"
#include "http/request.h"
#include "service/access/access.h"
#include "service/access/hook_question.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ds::streams {

access::Credentials credentials_of(http::Request const& request);
// The token in the value of an Authorization header: "Bearer <token>", with any spaces between.
std::optional<std::string_view> bearer_in(std::string_view value);

// By what the hook may have let somebody in. What is in caches and histories, or what a cache does
// not see, counts as exposed, unless there is a header that is not.
access::Granted::By shown_to_hook(http::Request const& request);

// A browser sends them whatever page it was that asked.
enum class Cookies : std::uint8_t { count, left_out };

// The request in the words that the hook is told: with the request's own end-to-end headers, such
// as Authorization and Cookie, but for those that speak of content, caching and streams. Of
// `source`, the path of a stream that is forked, it is asked as if that were read.
access::Caller caller_of(http::Request const& request, http::Client const& client, Cookies cookies,
                         std::string_view source = {});

} // namespace ds::streams
