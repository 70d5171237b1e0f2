// net/fetch without waiting: many requests are under way at once, and none holds a thread. The seam
// that tests replace.
#pragma once

#include "net/fetch.h"

#include <cstddef>
#include <functional>
#include <string>

namespace ds {

struct AsyncRequest {
    using Done = std::function<void(Result<FetchReply>)>;
    FetchRequest request; // its body is `body`
    std::string body;
    std::size_t reply_bytes_max = 0; // a longer reply is cut there, which is no error
    Done done;                       // once; on a thread of the implementation, may only take note
};

class AsyncFetch {
public:
    virtual ~AsyncFetch() = default;
    virtual void start(AsyncRequest asked) = 0;
    // Cuts what is under way: from here on nobody is told, and nothing is started.
    virtual void stop() = 0;
};

} // namespace ds
