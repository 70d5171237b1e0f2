// What a connection has to say and could not send yet: a head, and then a body.
#pragma once

#include "base/bytes.h"
#include "transport/channel.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace ds::transport {

class Outbox {
public:
    Outbox(std::string head, Bytes body) : head_(std::move(head)), body_(std::move(body)) {}

    enum class Pushed : std::uint8_t {
        all,
        some,   // there is no room for the rest
        broken, // the peer has gone
    };
    Pushed push(Channel& channel);
    // Puts more behind it. Behind a large body that is copied: rare, and never more than the end of
    // a body or one small answer, as a session looks at Link::is_full() first.
    void join(std::string const& head, Bytes body);
    // As much as may be kept to leave together.
    bool is_full() const;

private:
    std::string head_;
    std::size_t sent_of_head_ = 0;
    Bytes body_;
};

} // namespace ds::transport
