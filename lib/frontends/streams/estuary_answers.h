// What is answered of estuaries, as JSON.
#pragma once

#include "frontends/streams/http_names.h"
#include "model/estuary.h"

namespace ds::streams {

Response estuary_response(Subscribed const& subscribed);
Response estuary_response(Unsubscribed const& unsubscribed);
Response estuary_response(Touched const& touched);
Response estuary_response(EstuaryRemoved const& removed);
Response estuary_response(EstuaryFacts const& facts);
Response estuary_response(EstuariesListed const& listed);

// Of an append that was a publication.
void add_fanout(Response& response, FanoutTold const& told);

} // namespace ds::streams
