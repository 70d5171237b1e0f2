// GET and HEAD of a stream.
#pragma once

#include "http/connection.h"
#include "http/request.h"
#include "model/stream_name.h"

namespace ds::http {

void answer_read(Connection& connection, Request const& request, IoThread& io,
                 StreamName const& name);
void answer_head(Connection& connection, Request const& request, IoThread& io,
                 StreamName const& name);

} // namespace ds::http
