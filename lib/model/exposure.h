// Who may read a stream, and which caches may keep it: decided when it is created, never changed.
#pragma once

namespace ds {

struct Exposure {
    bool is_public = false;     // anyone may read it
    bool cache_private = false; // no cache but the reader's own, and not even that for long

    friend bool operator==(Exposure const&, Exposure const&) = default;
};

} // namespace ds
