// The error catalogue: what each refusal is in HTTP. (Reference error codes; protocol section 5)
#pragma once

#include "engine/stream.h"
#include "frontends/streams/http_names.h"
#include "model/answer.h"
#include "service/access/access.h"
#include "service/quota/quota.h"

#include <cstdint>
#include <string_view>

namespace ds::streams {

// How an error is written.
enum class ErrorForm : std::uint8_t {
    flat,   // {"code":..,"error":..}
    nested, // {"error":{"code":..,"message":..}}: of subscriptions (protocol section 6)
};
Response error_answer(ErrorForm form, int status, std::string_view code, std::string_view text,
                      std::uint64_t retry_after = 1);

Response refusal_response(Refused const& refused);
Response refusal_response(Refusal why);
// A page of `stream` that could not be fetched: what was there is gone meanwhile (404, 410), the
// object store does not answer (503), or what is stored is damaged (500).
Response page_fault_response(Error const& error, Stream const& stream);
// What access has denied, and what is over a limit, as errors of either form.
Response denial_response(ErrorForm form, access::Denied const& denied);
Response exceeded_response(ErrorForm form, quota::Exceeded const& over);
// 400.
Response bad_request(std::string_view code, std::string_view text);
// 404 for what no route is for; 405, with the methods that there are.
Response nothing_here();
Response wrong_method_response(ErrorForm form, std::string_view allowed);

// An offset at which `stream` cannot be read. Where it begins is told, if what was there is gone.
Response offset_response(Refusal why, Stream const& stream);

} // namespace ds::streams
