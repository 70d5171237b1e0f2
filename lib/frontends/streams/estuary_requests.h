// HTTP to the asks of estuaries: JSON bodies, checked and typed.
//
//     subscribe, unsubscribe   {"estuaryId":"<id>","mode"?:"envelope","notifyAbove"?:<bytes>}
//     acknowledge              {"acks":[{"streamId":"<stream>","offset":"<token>"}]}
//
// No project that is called subscribe or publish has estuaries.
#pragma once

#include "base/result.h"
#include "frontends/streams/http_names.h"
#include "model/ask.h"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <variant>

namespace ds::streams {

inline constexpr std::string_view k_estuary_root = "/v1/estuary/";

Response bad_estuary_id();

// Each gives the ask, or the response that says what is wrong with the body.
std::variant<Ask, Response> subscribe_ask(Request const& request, StreamName source,
                                          std::chrono::seconds ttl);
std::variant<Ask, Response> unsubscribe_ask(Request const& request, StreamName source);
std::variant<Ask, Response> list_ask(Request const& request, StreamName any);
std::variant<Ask, Response> acknowledge_ask(Request const& request, StreamName estuary);

} // namespace ds::streams
