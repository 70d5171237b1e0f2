// How handlers wait: for the engine, or for somebody else. (event loop)
#pragma once

#include "engine/stream.h"
#include "frontends/streams/http_names.h"
#include "frontends/streams/services.h"
#include "frontends/streams/stream_answers.h"
#include "model/answer.h"
#include "model/ask.h"

#include <functional>
#include <memory>

namespace ds::streams {

// Hands a change to the engine and answers the exchange with what becomes of it: as
// answer_response() says, or with what `then` makes of it. Requests behind it may begin where the
// shard keeps them in their order.
using Then = std::function<Response(Answer const&)>;
void submit(Exchange& exchange, Services& services, Ask ask, Then then = {});

// A page that was asked for under the ticket of the exchange is the answer. Reads behind it may
// begin.
void await_page(Exchange& exchange, Services& services, std::shared_ptr<Stream> stream,
                ReadContext context);

// Something that respond_later() or visit_later() brings: a change of settings, a subscription's
// reply, a verdict of the hook. Requests behind it wait.
void await_visit(Exchange& exchange);

} // namespace ds::streams
