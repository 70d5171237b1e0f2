// What is left with an exchange that waits for something of the engine. What it does not wait for
// it ignores. (event loop)
#pragma once

#include "base/result.h"
#include "engine/page.h"
#include "http/exchange.h"
#include "model/answer.h"

namespace ds::streams {

class StreamWaiter : public http::Waiter {
public:
    // It may end the exchange, and itself with it.
    virtual void on_reply(http::Exchange& exchange, Answer const& reply);
    virtual void on_page(http::Exchange& exchange, Result<Page> page);
};

} // namespace ds::streams
