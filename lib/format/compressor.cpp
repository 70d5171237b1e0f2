// The only file that sees zstd.
#include "format/compressor.h"

#include "base/ensure.h"

#include <zstd.h>

#include <new>

namespace ds {

namespace {

// The fastest level: on stripes of text, level 3 takes half as long again for a twentieth fewer
// bytes, and level 6 four times as long for an eighth.
constexpr int k_level = 1;
// A block of zstd takes three bytes at least, and holds at most 128 KiB. (RFC 8878,
// section 3.1.1.2)
constexpr std::size_t k_block_bytes_min = 3;
constexpr std::size_t k_block_raw_max = 128 * k_kib;

struct FreeReader {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// A context takes 100 KB and some time to make: each thread that reads keeps one.
ZSTD_DCtx* own_reader() {
    thread_local std::unique_ptr<ZSTD_DCtx, FreeReader> const context(ZSTD_createDCtx());
    if (!context) throw std::bad_alloc();
    return context.get();
}

} // namespace

void Compressor::Free::operator()(ZSTD_CCtx_s* context) const {
    ZSTD_freeCCtx(context);
}

Compressor::Compressor() : context_(ZSTD_createCCtx()) {
    if (!context_) throw std::bad_alloc();
    auto const set = ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, k_level);
    ENSURE(ZSTD_isError(set) == 0);
}

bool Compressor::append(std::string& to, std::string_view raw) {
    auto const before = to.size();
    to.resize(before + raw.size()); // a larger result is not wanted
    auto const size =
        ZSTD_compress2(context_.get(), to.data() + before, raw.size(), raw.data(), raw.size());
    bool const smaller = ZSTD_isError(size) == 0 && size < raw.size();
    to.resize(smaller ? before + size : before);
    return smaller;
}

Result<Bytes> decompress(std::string_view compressed, std::size_t raw_bytes) {
    auto const corrupt = [] { return Error{Fault::corrupt, "zstd: not the bytes it promised"}; };
    if (raw_bytes / k_block_raw_max > compressed.size() / k_block_bytes_min) return corrupt();
    if (ZSTD_getFrameContentSize(compressed.data(), compressed.size()) != raw_bytes)
        return corrupt();
    bool exact = false;
    Room room(raw_bytes);
    room.append_in_place(raw_bytes, [&](char* place) {
        auto const size = ZSTD_decompressDCtx(own_reader(), place, raw_bytes, compressed.data(),
                                              compressed.size());
        exact = size == raw_bytes;
        return exact ? size : 0;
    });
    if (!exact) return corrupt();
    return room.take();
}

} // namespace ds
