// Pages, and the tokens that name places in them.
#include "bench/ceiling_stream.h"

#include <charconv>
#include <utility>

namespace ds {

namespace {

constexpr std::size_t k_page_bytes = std::size_t{1} << 20;
// Enough for a catch-up over 150 MB; what is older is let go, and its memory used again.
constexpr std::size_t k_kept_pages = 160;
constexpr std::size_t k_half = 16; // digits on each side of a token's underscore

void write_half(std::size_t number, std::string& into) {
    char digits[k_half];
    for (auto i = k_half; i > 0; --i, number /= 10)
        digits[i - 1] = static_cast<char>('0' + number % 10);
    into.append(digits, k_half);
}

bool read_half(std::string_view digits, std::size_t& number) {
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && end == digits.data() + digits.size();
}

} // namespace

void write_place(CeilingPlace place, std::string& into) {
    write_half(place.page, into);
    into.push_back('_');
    write_half(place.at, into);
}

std::optional<CeilingPlace> read_place(std::string_view token) {
    CeilingPlace place;
    if (token.size() != 2 * k_half + 1 || token[k_half] != '_' ||
        !read_half(token.substr(0, k_half), place.page) ||
        !read_half(token.substr(k_half + 1), place.at))
        return std::nullopt;
    return place;
}

void CeilingFeed::visited(std::size_t readers) {
    ++next;
    if (left > 0) --left;
    if (left > 0) return;
    messages.erase(0, round_end - begin);
    begin = round_end;
    round_end = end();
    left = readers;
}

void CeilingFeed::forget() {
    begin = end();
    messages.clear();
}

CeilingStream::CeilingStream(std::string_view content_type)
    : content_type_(content_type),
      json_(content_type.starts_with("application/json")) {}

std::string_view CeilingStream::messages_of(std::string_view body) const {
    bool const batch = json_ && body.starts_with('[') && body.ends_with(']');
    return batch ? body.substr(1, body.size() - 2) : body;
}

void CeilingStream::append(std::string_view body) {
    body = messages_of(body);
    if (!pages_.back().empty() && pages_.back().size() + body.size() >= k_page_bytes) {
        bool const full = pages_.size() - first_kept_ == k_kept_pages;
        auto next = full ? std::exchange(pages_[first_kept_++], {}) : std::string();
        next.clear();
        pages_.push_back(std::move(next));
    }
    auto& page = pages_.back();
    if (json_ && !page.empty()) page.push_back(',');
    page.append(body);
}

CeilingPlace CeilingStream::forward(CeilingPlace place) const {
    bool const at_end = place.page + 1 < pages_.size() && place.at == pages_[place.page].size();
    return at_end ? CeilingPlace{place.page + 1, 0} : place;
}

std::optional<std::string_view> CeilingStream::read(CeilingPlace place) const {
    if (place.page < first_kept_ || place.page >= pages_.size()) return std::nullopt;
    std::string_view rest = pages_[place.page];
    if (place.at > rest.size()) return std::nullopt;
    rest.remove_prefix(place.at);
    if (json_ && place.at > 0 && !rest.empty()) rest.remove_prefix(1); // the comma
    return rest;
}

std::string_view CeilingStream::piece(CeilingPlace place, std::size_t size) const {
    std::string_view const page = pages_[place.page];
    return place.at <= page.size() ? page.substr(place.at, size) : "";
}

} // namespace ds
