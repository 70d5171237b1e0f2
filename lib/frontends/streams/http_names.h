// The names of lib/http that requests and answers of streams are made of.
#pragma once

#include "http/exchange.h"
#include "http/request.h"
#include "http/response.h"

namespace ds::streams {

using http::as_chunk;
using http::error_response;
using http::Exchange;
using http::ExchangePtr;
using http::json_response;
using http::Method;
using http::query_values;
using http::Request;
using http::Response;

} // namespace ds::streams
