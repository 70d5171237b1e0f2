// Frames found, or rendered and remembered while they are in use.
#include "frontends/streams/shared_frames.h"

#include "frontends/streams/stream_answers.h"

#include <string>
#include <utility>

namespace ds::streams {

std::shared_ptr<Bytes const> SharedFrames::data_of(Stream const& stream, Page const& page,
                                                   bool chunked) {
    std::erase_if(frames_, [](Frame const& frame) { return frame.bytes.expired(); });
    auto const [end, next] = sse_reach(stream, page);
    for (auto const& frame : frames_)
        if (frame.stream == stream.id && frame.start == page.start && frame.end == end &&
            frame.next == next && frame.chunked == chunked)
            if (auto bytes = frame.bytes.lock()) return bytes;
    auto text = sse_data(stream, page);
    auto bytes =
        std::make_shared<Bytes const>(chunked ? as_chunk(std::move(text)) : std::move(text));
    frames_.push_back({stream.id, page.start, end, next, chunked, bytes});
    return bytes;
}

} // namespace ds::streams
