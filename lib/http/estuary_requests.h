// HTTP to the asks of estuaries: paths and JSON bodies, checked and typed.
//
//     /v1/estuary/subscribe/<project>/<stream>    a source; {"estuaryId":"<id>",
//     "mode"?:"envelope",
//                                                 "notifyAbove"?:<bytes>}
//     /v1/estuary/publish/<project>/<stream>      a source; the body of an append
//     /v1/estuary/<project>/<id>                  an estuary
//     /v1/estuary/<project>?after=<id>            the estuaries of a project
//     /v1/estuary/<project>/<id>/ack {"acks":[{"streamId":"<stream>","offset":"<token>"}]}
//
// No project that is called subscribe or publish has estuaries.
#pragma once

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"
#include "model/ask.h"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <variant>

namespace ds::http {

inline constexpr std::string_view k_estuary_root = "/v1/estuary/";

struct EstuaryPath {
    enum class Kind : std::uint8_t { subscribe, publish, estuary, acknowledge, list };
    Kind kind = Kind::estuary;
    StreamName name; // of the source, or of the estuary; of a list: any of the project
};
// From a path that starts with k_estuary_root. The answer says what is wrong with it.
std::variant<EstuaryPath, Response> parse_estuary_path(std::string_view path);

// Each gives the ask, or the response that says what is wrong with the body.
std::variant<Ask, Response> subscribe_ask(Request const& request, StreamName source,
                                          std::chrono::seconds ttl);
std::variant<Ask, Response> unsubscribe_ask(Request const& request, StreamName source);
std::variant<Ask, Response> list_ask(Request const& request, StreamName any);
std::variant<Ask, Response> acknowledge_ask(Request const& request, StreamName estuary);

} // namespace ds::http
