// Cutting pages at message borders.
#include "engine/page.h"

#include <algorithm>

namespace ds {

namespace {

// Collects messages until the page is full.
class Collector {
public:
    Collector(std::uint64_t limit, bool json) : left_(limit), json_(json) {
        if (json_) body_ = "[";
    }

    bool full() const { return left_ == 0; }
    bool takes(std::string_view messages, std::uint64_t count) const {
        return count <= left_ && body_.size() + messages.size() + 2 <= k_page_bytes_max;
    }
    // The first message of a page always fits.
    bool takes_message(std::string_view message) const { return !any_ || takes(message, 1); }
    void add(std::string_view messages, std::uint64_t count) {
        if (json_ && any_) body_.push_back(',');
        body_.append(messages);
        any_ = true;
        left_ -= count;
    }
    std::string take() {
        if (json_) body_.push_back(']');
        return std::move(body_);
    }

private:
    std::string body_;
    std::uint64_t left_;
    bool json_;
    bool any_ = false;
};

} // namespace

Cut cut_page(std::vector<Piece> const& pieces, std::vector<RowPtr> const& rows, std::uint64_t from,
             std::uint64_t limit, bool json) {
    Cut cut;
    cut.end = from;
    Collector page(limit, json);
    for (std::size_t which = 0; which < rows.size() && !page.full(); ++which) {
        auto const& row = rows[which];
        if (row->count == 0) continue; // a close without data
        auto const until = pieces[which].until;
        auto const body = row->body.view();
        bool const whole = row->start >= from && row->start + row->length <= until;
        if (whole && page.takes(body, row->count)) {
            page.add(body, row->count);
            cut.end = row->start + row->length;
            cut.time_ms = std::max(cut.time_ms.value_or(0), row->time_ms);
            continue;
        }
        // Message by message, because the row begins before the page, ends after it, or is too
        // large.
        auto const count = std::max<std::size_t>(row->lengths.size(), 1);
        std::size_t at = 0;
        auto position = row->start;
        for (std::size_t i = 0; i < count && !page.full(); ++i) {
            auto const size = row->lengths.empty() ? body.size() : row->lengths[i];
            auto const length = json ? 1 : size;
            auto const begin = std::max(position, from);
            auto const end = std::min(position + length, until);
            if (begin < end) {
                auto const message = json ? body.substr(at, size)
                                          : body.substr(at + (begin - position), end - begin);
                if (!page.takes_message(message)) {
                    cut.body = page.take();
                    return cut;
                }
                page.add(message, 1);
                cut.end = end;
                cut.time_ms = std::max(cut.time_ms.value_or(0), row->time_ms);
            }
            position += length;
            at += size + (json ? 1 : 0);
        }
    }
    cut.body = page.take();
    return cut;
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
