// zstd: bytes made smaller, and back.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct ZSTD_CCtx_s;

namespace ds {

// Keeps its tables from one call to the next. One thread at a time.
class Compressor {
public:
    Compressor();

    // Appends `raw`, compressed. False, with `to` as it was, when that would not be smaller.
    bool append(std::string& to, std::string_view raw);

private:
    struct Free {
        void operator()(ZSTD_CCtx_s* context) const;
    };
    std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

// Exactly `raw_bytes` bytes. Fault::corrupt when `compressed` does not hold that many; nothing is
// allocated for a size that so few bytes cannot hold.
Result<Bytes> decompress(std::string_view compressed, std::size_t raw_bytes);

} // namespace ds
