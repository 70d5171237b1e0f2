// Estuaries of a ds server: who is subscribed to what. (Our own routes, below /v1/estuary.)
//
// As with streams, each returns what the server said, and nothing is retried.
#pragma once

#include "client/stream_client.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ds {

enum class CopiesAs {
    plain,    // as they are
    envelope, // JSON that says of which source a message is
};

struct SubscribeRequest {
    CopiesAs copies = CopiesAs::envelope;
    std::optional<std::uint64_t> notify_above; // envelopes of larger messages have no payload
};
struct SubscribeAnswer {
    bool is_new = false; // the estuary
};
struct UnsubscribeAnswer {};
struct EstuaryAnswer {
    struct Source {
        std::string stream; // within the project
        CopiesAs copies = CopiesAs::plain;
        std::string since;        // offsets of the source
        std::string acknowledged; // empty: nothing yet
        std::string missed{};     // copies of what is before may be missing; empty: none is
    };
    std::string content_type;
    std::int64_t expires_ms = 0;
    std::vector<Source> sources;
};
struct EstuaryList {
    struct Estuary {
        std::string id;
        std::uint64_t sources = 0;
        std::string content_type;
        std::int64_t expires_ms = 0;
    };
    std::vector<Estuary> estuaries;
    bool more = false; // there are, after the last one
};

class EstuaryClient {
public:
    explicit EstuaryClient(StreamClient& streams) : streams_(streams) {}

    Result<Said<SubscribeAnswer>> subscribe(StreamName const& estuary, StreamName const& source,
                                            SubscribeRequest const& ask);
    Result<Said<UnsubscribeAnswer>> unsubscribe(StreamName const& estuary,
                                                StreamName const& source);
    Result<Said<EstuaryAnswer>> show(StreamName const& estuary);
    Result<Said<RemoveAnswer>> remove(StreamName const& estuary);
    // By their ids, those after `after`.
    Result<Said<EstuaryList>> list(std::string_view project, std::string_view after);

private:
    StreamClient& streams_;
};

// A message of an estuary, out of its envelope. Empty when it is none.
struct Unpacked {
    std::string source;
    std::string offset;                 // of the source: after the message
    std::optional<std::string> payload; // empty: too large for a copy, it is read at the source
    bool base64 = false;                // as it is sent: the message is no text
};
std::optional<Unpacked> unpack_envelope(std::string_view text);

} // namespace ds
