// Appends batches as an idempotent producer: each is in the log once, however often it was sent.
//
// A batch carries the producer's id, epoch 0 and the next sequence number. (Protocol section 5.2.1)
// One batch is in flight at a time, which keeps the order; it is sent again, with the same number,
// after a lost connection, an overload answer or a fault of the server, until the server says that
// it has it or `retry_for` has passed.
#pragma once

#include "base/backoff.h"
#include "base/clock.h"
#include "client/stream_client.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ds {

enum class Close { yes, no };

struct AppenderOptions {
    std::string content_type;
    Framing framing = Framing::whole;
    // How long one batch is tried before the appender gives up.
    std::chrono::milliseconds retry_for{60'000};
    Route route = Route::append;
};

class Appender {
public:
    // `producer_id` must be new: nobody else may have used it on this stream.
    Appender(StreamClient& client, StreamName name, std::string producer_id,
             AppenderOptions options, Backoff backoff, Clock const& clock, Wait wait);

    // Returns once the batch is in the log (and the stream closed, if asked), or with what stands
    // in the way. A server that was never reached is not tried twice. After an Error or a Denial
    // that is worth retrying, it is unknown whether the batch is in the log. An empty body only
    // closes.
    Result<Said<AppendAnswer>> send(std::string_view body, Close close);

    // What the stream is, to begin with: with the same patience.
    Result<Said<StreamState>> look();
    // Makes the stream, with the same patience.
    Result<Said<CreateAnswer>> create(CreateRequest const& request);
    // How the batches from then on are sent, where it was not known at the beginning.
    void send_as(std::string content_type, Framing framing) {
        options_.content_type = std::move(content_type);
        options_.framing = framing;
    }

    // Called before each wait, with what went wrong.
    std::function<void(std::string_view)> on_retry;

private:
    template <typename Answer, typename Ask>
    Result<Said<Answer>> patiently(Ask const& ask);

    StreamClient& client_;
    StreamName name_;
    ProducerClaim claim_;
    AppenderOptions options_;
    Backoff backoff_;
    Clock const& clock_;
    Wait wait_;
    bool reached_ = false;              // the server has been spoken to
    std::optional<Millis> answered_at_; // when the last batch was in the log; empty: is it?
};

// A producer id that nobody else has: 128 random bits.
std::string random_producer_id();
// The same for one run of a program: an id that a server forgets soon, if a batch is tried for no
// longer than that. An appender that has one takes another after a long silence.
std::string producer_id_of_run(std::chrono::milliseconds retry_for);

} // namespace ds
