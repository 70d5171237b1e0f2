// A reader that follows a stream, whatever protocol it speaks: what the waves need to know of it.
// (event loop)
//
// It reads what is there by itself, page by page, each page sent before the next is fetched: so a
// slow reader holds one page at most and loses nothing. At the tail it parks, and a wave wakes it.
#pragma once

#include "engine/stream.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ds::follow {

class ParkedReaders;
class Slice;

// The stream does not expire while it has a reader.
class StreamReader {
public:
    // `all`: of the same event loop. It outlives the reader.
    StreamReader(ParkedReaders& all, std::shared_ptr<Stream> followed, std::uint64_t from);
    // It parks no longer.
    virtual ~StreamReader();
    StreamReader(StreamReader const&) = delete;
    StreamReader& operator=(StreamReader const&) = delete;

    // The stream has gone on, or has closed or ended, and the reader is parked. It stays parked
    // unless it says unpark(). A reader of which something is still to be sent does nothing: it
    // goes on by itself when that has left. The call may end the reader, or others. It does not
    // throw: where memory is short its own peer pays for it.
    virtual void wake(Slice& slice) = 0;

    bool is_parked() const { return parked_; }

    std::shared_ptr<Stream> const stream;
    // Everything before it is known to the reader, or will be without another wake.
    std::uint64_t seen;

private:
    friend class ParkedReaders;

    ParkedReaders& all_;
    std::size_t place_ = 0; // among the parked of its stream
    bool parked_ = false;
};

} // namespace ds::follow
