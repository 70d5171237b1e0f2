// Lines from a source of bytes, gathered into batches that are worth a request each.
//
// A batch ends when it is full, when the source pauses, or when its first line has waited long
// enough: a file goes out in few large batches, a live log line by line as it is written.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    // Waits for bytes and puts at most `most` of them into `into`; 0 at the end.
    virtual Result<std::size_t> read(char* into, std::size_t most) = 0;
    // True as soon as read would not wait.
    virtual bool ready_within(std::chrono::milliseconds pause) = 0;
};

// Bytes that are there already.
class MemorySource final : public ByteSource {
public:
    explicit MemorySource(std::string_view bytes) : rest_(bytes) {}
    Result<std::size_t> read(char* into, std::size_t most) override;
    bool ready_within(std::chrono::milliseconds) override { return true; }

private:
    std::string_view rest_;
};

// What the lines are sent as.
enum class LineForm {
    bytes, // as they are, newlines included
    json,  // one document per line, sent as the elements of one array; blank lines are left out
};

struct LineBatch {
    struct Line {
        std::size_t end;      // in the body
        std::uint64_t number; // in the source, from 1
    };
    std::string body;
    std::uint64_t lines = 0;  // messages in the body
    bool last = false;        // nothing comes after it; then the body may be empty
    std::vector<Line> each{}; // of those messages
};

// One half of a batch that has several lines, as a batch: for who will not take all of it at once.
enum class Half { first, second };
LineBatch half_of(LineBatch const& batch, LineForm form, Half half);

class LineBatches {
public:
    // Large enough that a request costs little beside its bytes, small enough for any server's
    // limit, and for a commit that does not hold others up.
    static constexpr std::size_t k_bytes_max = std::size_t{1} << 20U;
    static constexpr std::uint64_t k_lines_max = 16'384;
    static constexpr std::chrono::milliseconds k_pause{5};
    static constexpr std::chrono::milliseconds k_age_max{50};
    // A longer line is taken for a file that has no lines.
    static constexpr std::size_t k_line_bytes_max = std::size_t{64} << 20U;

    LineBatches(ByteSource& source, LineForm form, Clock const& clock);

    // The next batch. A line that cannot be sent is Fault::invalid and names its number; the lines
    // before it have been handed out by then.
    Result<LineBatch> next();

private:
    std::optional<std::string_view> take_line();
    Result<void> add(LineBatch& batch, std::string_view line);
    Result<void> read_more();

    ByteSource& source_;
    LineForm form_;
    Clock const& clock_;
    std::string buffer_;
    std::size_t taken_ = 0;   // bytes of buffer_ that are behind us
    std::size_t scanned_ = 0; // bytes of buffer_ known to hold no newline after taken_
    std::uint64_t line_number_ = 0;
    bool ended_ = false;
    std::optional<Error> broken_; // told once the lines before it are handed out
};

} // namespace ds
