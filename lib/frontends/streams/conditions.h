// If-Match and If-None-Match of requests that change something: put into the ask, for the lane to
// decide, or refused where nothing can be compared with a tag.
#pragma once

#include "frontends/streams/http_names.h"
#include "model/ask.h"

#include <optional>
#include <string_view>
#include <variant>

namespace ds::streams {

// `parsed` with the conditions of the request; the response that says what is wrong with them.
// `directory` is the identity that ETags have.
std::variant<Ask, Response> conditioned(std::variant<Ask, Response> parsed, Request const& request,
                                        std::string_view directory);

// For what is no stream: to ignore a condition would be to do what was not to be done.
std::optional<Response> refused_condition(Request const& request);

} // namespace ds::streams
