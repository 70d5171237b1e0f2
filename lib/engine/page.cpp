// Cutting pages at message borders.
#include "engine/page.h"

#include <algorithm>

namespace ds {

PageCutter::PageCutter(std::uint64_t bytes, std::uint64_t from, std::uint64_t limit, PageForm form)
    : from_(from),
      left_(limit),
      form_(form),
      room_(std::min(bytes + 2, k_page_bytes_max)) {
    if (is_json()) room_.append("[");
    cut_.start = cut_.end = from;
}

// The first message of a page always fits.
bool PageCutter::takes(std::string_view messages, std::uint64_t count) const {
    auto const around = is_json() ? std::size_t{2} : std::size_t{0};
    return count <= left_ && room_.size() + messages.size() + around <= k_page_bytes_max;
}

void PageCutter::put(std::string_view messages, std::uint64_t count, std::int64_t time_ms) {
    if (is_json() && any_) room_.append(",");
    room_.append(messages);
    any_ = true;
    left_ -= count;
    cut_.messages += count;
    cut_.time_ms = std::max(cut_.time_ms.value_or(0), time_ms);
}

bool PageCutter::add(Source const& row, std::uint64_t until) {
    auto const& place = row.place;
    if (left_ == 0) return false;
    if (place.count == 0) return true; // a close without data
    auto const end = place.start + (is_json() ? place.count : place.bytes);
    if (place.start < from_ || end > until || !takes(row.body, place.count))
        return add_messages(row, until);
    put(row.body, place.count, row.time_ms);
    cut_.end = end;
    return left_ > 0;
}

// Message by message, because the row begins before the page, ends after it, or is too large.
bool PageCutter::add_messages(Source const& row, std::uint64_t until) {
    auto const count = std::max<std::size_t>(row.lengths.size(), 1);
    std::size_t at = 0;
    auto position = row.place.start;
    for (std::size_t i = 0; i < count && left_ > 0; ++i) {
        auto const size = row.lengths.empty() ? row.body.size() : row.lengths[i];
        auto const length = is_json() ? 1 : size;
        auto const end = std::min(position + length, until);
        if (position < end && from_ < end) {
            auto message = row.body.substr(at, is_json() ? size : end - position);
            if (from_ > position) {
                cut_.start = begin_within(message, position);
                message.remove_prefix(cut_.start - position);
            }
            if (is_worth_sending() && !takes(message, 1)) return false;
            put(message, 1, row.time_ms);
            cut_.end = end;
        }
        position += length;
        at += size + (is_json() ? 1 : 0);
    }
    return left_ > 0;
}

// Of a page that is to start inside the message that lies at `position`.
std::uint64_t PageCutter::begin_within(std::string_view message, std::uint64_t position) const {
    auto const rest = message.substr(from_ - position);
    bool const cut_off = form_ == PageForm::text && unfinished_utf8(rest) == rest.size();
    return cut_off ? from_ : position;
}

Cut PageCutter::take() {
    if (is_json()) room_.append("]");
    cut_.body = room_.take();
    return std::move(cut_);
}

Cut cut_page(std::vector<Piece> const& pieces, std::vector<RowPtr> const& rows, std::uint64_t from,
             std::uint64_t limit, PageForm form) {
    // Does the first row stand for the whole page? Only bytes come without brackets.
    if (form != PageForm::json && !rows.empty() && rows[0]->count > 0 && rows[0]->count <= limit) {
        auto const& row = *rows[0];
        auto const end = row.start + row.length;
        bool const one = row.count == 1 || row.body.size() <= k_page_bytes_max;
        bool const alone =
            rows.size() == 1 || row.count == limit || row.body.size() >= k_page_bytes_max;
        if (row.start == from && end <= pieces[0].until && one && alone)
            return {row.body, from, end, row.time_ms, row.count};
    }
    std::uint64_t bytes = 0;
    for (auto const& row : rows)
        bytes += row->body.size() + 1;
    PageCutter cutter(bytes, from, limit, form);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto const& row = *rows[i];
        RowPlace const place{row.start, row.seq, static_cast<std::uint32_t>(row.body.size()),
                             row.count};
        if (!cutter.add({place, row.time_ms, row.body.view(), row.lengths}, pieces[i].until)) break;
    }
    return cutter.take();
}

Page empty_page(Stream const& stream, Head const& head) {
    Page page;
    static Bytes const empty_array(std::string("[]"));
    if (stream.json) page.body = empty_array;
    page.start = page.end = head.end;
    page.next = head.tail;
    page.head = head;
    return page;
}

} // namespace ds
