// The error catalogue: what each refusal is in HTTP. (Reference error codes; protocol section 5)
#pragma once

#include "http/response.h"
#include "protocol/answer.h"

namespace ds::http {

Response refusal_response(Refused const& refused);
Response refusal_response(Refusal why);
// A page that could not be fetched: the stream ended meanwhile (404), or its log is damaged (500).
Response page_fault_response(Error const& error);

} // namespace ds::http
