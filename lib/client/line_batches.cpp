// Cuts bytes into lines and lines into batches.
#include "client/line_batches.h"

#include "base/json_text.h"
#include "model/content.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ds {
namespace {

constexpr std::size_t k_read_bytes = std::size_t{256} << 10U;

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

} // namespace

LineBatch half_of(LineBatch const& batch, LineForm form, Half half) {
    auto const middle = batch.each.size() / 2;
    auto const from = half == Half::first ? 0 : middle;
    auto const to = half == Half::first ? middle : batch.each.size();
    // Of JSON each line has its "[" or "," before it.
    auto const before = from == 0 ? 0 : batch.each[from - 1].end;
    LineBatch part;
    part.body = batch.body.substr(before, batch.each[to - 1].end - before);
    if (form == LineForm::json) {
        part.body.front() = '[';
        part.body.push_back(']');
    }
    part.lines = to - from;
    part.last = half == Half::second && batch.last;
    for (auto at = from; at < to; ++at)
        part.each.push_back({batch.each[at].end - before, batch.each[at].number});
    return part;
}

Result<std::size_t> MemorySource::read(char* into, std::size_t most) {
    auto const count = std::min(most, rest_.size());
    std::memcpy(into, rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
}

LineBatches::LineBatches(ByteSource& source, LineForm form, Clock const& clock)
    : source_(source),
      form_(form),
      clock_(clock) {}

// The next line with its newline, or the rest when the source has ended; stays valid until
// read_more. Empty when more bytes are needed.
std::optional<std::string_view> LineBatches::take_line() {
    auto const rest = std::string_view(buffer_).substr(taken_);
    auto const newline = rest.find('\n', scanned_);
    if (newline == std::string_view::npos && (!ended_ || rest.empty())) {
        scanned_ = rest.size();
        return std::nullopt;
    }
    return rest.substr(0, newline == std::string_view::npos ? rest.size() : newline + 1);
}

Result<void> LineBatches::read_more() {
    if (buffer_.size() - taken_ > k_line_bytes_max)
        return Error{Fault::invalid, "line " + std::to_string(line_number_ + 1) +
                                         " is longer than 64 MiB; is this a text file?"};
    buffer_.erase(0, std::exchange(taken_, 0));
    auto const before = buffer_.size();
    buffer_.resize(before + k_read_bytes);
    auto const count = source_.read(buffer_.data() + before, k_read_bytes);
    buffer_.resize(before + (count ? *count : 0));
    if (!count) return count.error();
    ended_ = *count == 0;
    return {};
}

Result<void> LineBatches::add(LineBatch& batch, std::string_view line) {
    ++line_number_;
    if (form_ == LineForm::bytes) {
        batch.body.append(line);
        ++batch.lines;
        batch.each.push_back({batch.body.size(), line_number_});
        return {};
    }
    if (is_blank(line)) return {};
    // Checked here because the server would refuse a whole batch without naming the line, and
    // because "1,2" would pass as two documents inside of an array.
    auto scanned = scan_json(line, k_json_depth_max);
    if (!scanned) return std::move(scanned).error().within("line " + std::to_string(line_number_));
    auto const document = scanned->value;
    batch.body.push_back(batch.lines == 0 ? '[' : ',');
    batch.body.append(line.substr(document.begin, document.end - document.begin));
    ++batch.lines;
    batch.each.push_back({batch.body.size(), line_number_});
    return {};
}

Result<LineBatch> LineBatches::next() {
    LineBatch batch;
    auto const finished = [&] {
        if (form_ == LineForm::json && batch.lines > 0) batch.body.push_back(']');
        return std::move(batch);
    };
    std::optional<Millis> began;
    while (!broken_) {
        while (auto const line = take_line()) {
            auto const full = batch.body.size() + line->size() > k_bytes_max && batch.lines > 0;
            if (full || batch.lines == k_lines_max) return finished();
            taken_ += line->size();
            scanned_ = 0;
            if (auto added = add(batch, *line); !added) broken_ = std::move(added).error();
            if (broken_) break;
        }
        if (broken_) break;
        if (ended_) {
            batch.last = true;
            return finished();
        }
        if (batch.lines > 0) {
            if (!began) began = clock_.now();
            if (clock_.now() - *began >= k_age_max || !source_.ready_within(k_pause))
                return finished();
        }
        if (auto more = read_more(); !more) broken_ = std::move(more).error();
    }
    if (batch.lines > 0) return finished();
    return *broken_;
}

} // namespace ds
