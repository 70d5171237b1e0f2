// The error catalogue: what each refusal is in HTTP. (Reference error codes; protocol section 5)
#pragma once

#include "engine/stream.h"
#include "http/response.h"
#include "model/answer.h"

namespace ds::http {

Response refusal_response(Refused const& refused);
Response refusal_response(Refusal why);
// A page of `stream` that could not be fetched: what was there is gone meanwhile (404, 410), the
// object store does not answer (503), or what is stored is damaged (500).
Response page_fault_response(Error const& error, Stream const& stream);
// An offset at which `stream` cannot be read. Where it begins is told, if what was there is gone.
Response offset_response(Refusal why, Stream const& stream);

} // namespace ds::http
