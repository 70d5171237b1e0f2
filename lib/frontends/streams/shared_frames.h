// Large data events of SSE, rendered once for all readers of an event loop that are being sent
// them: a hundred readers that are slow to take the same page hold it once. (Protocol section 5.8)
#pragma once

#include "engine/page.h"
#include "engine/stream.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace ds::streams {

class SharedFrames {
public:
    // Pages below this are rendered for each reader: to look for one would cost as much.
    static constexpr std::size_t k_from = 64 * k_kib;

    // The data event with the page. It exists as long as somebody keeps what is returned.
    std::shared_ptr<Bytes const> data_of(Stream const& stream, Page const& page, bool chunked);

private:
    struct Frame {
        std::int64_t stream;
        std::uint64_t start;
        std::uint64_t end;
        Offset next;
        bool chunked;
        std::weak_ptr<Bytes const> bytes;
    };
    std::vector<Frame> frames_;
};

} // namespace ds::streams
