// Token arithmetic over the starts of segments.
#include "engine/segment_starts.h"

#include "base/ensure.h"

#include <algorithm>

namespace ds {

namespace {

constexpr std::uint64_t k_position_mask = ~std::uint64_t{0} >> 1;

} // namespace

SegmentStarts::Kept& SegmentStarts::kept() {
    if (!kept_) kept_ = std::make_unique<Kept>();
    return *kept_;
}

void SegmentStarts::begin_at(std::uint64_t first, std::uint64_t start) {
    if (first == 0 && start == 0 && !kept_) return;
    kept() = {first, start, born(), {}};
}

void SegmentStarts::be_born_at(std::uint64_t first) {
    if (first == 0) return;
    kept() = {first, 0, first, {}};
}

void SegmentStarts::add(std::uint64_t start, Sealed before) {
    kept().more.push_back({start & k_position_mask, before == Sealed::aged ? 1U : 0U});
}

void SegmentStarts::drop_before(std::uint64_t number, std::uint64_t start) {
    ENSURE(number >= first() && number <= last() + 1);
    auto const dropped = static_cast<std::ptrdiff_t>(number - first());
    auto& all = kept();
    auto const count = std::min(dropped, static_cast<std::ptrdiff_t>(all.more.size()));
    all.more.erase(all.more.begin(), all.more.begin() + count);
    all.first = number;
    all.first_start = start;
}

std::uint64_t SegmentStarts::start_of(std::uint64_t number) const {
    return number == first() ? first_start() : kept_->more[number - first() - 1].position;
}

bool SegmentStarts::was_aged(std::uint64_t number) const {
    return number > first() && kept_->more[number - first() - 1].aged != 0;
}

std::optional<std::uint64_t> SegmentStarts::resolve(Offset token) const {
    auto const position = start_of(token.segment) + token.position;
    if (token.segment == last()) return position;
    auto const next = start_of(token.segment + 1);
    bool const there = position < next || (position == next && was_aged(token.segment + 1));
    return there ? std::optional(position) : std::nullopt;
}

std::uint64_t SegmentStarts::read_from(Offset token) const {
    auto const position = start_of(token.segment) + token.position;
    if (token.segment == last()) return position;
    auto const next = start_of(token.segment + 1);
    if (position < next) return position;
    return was_aged(token.segment + 1) ? next : next - 1;
}

std::uint64_t SegmentStarts::segment_at(std::uint64_t position) const {
    if (!kept_) return 0;
    auto const after = std::ranges::upper_bound(kept_->more, position, {}, [](Start const& start) {
        return std::uint64_t{start.position};
    });
    return kept_->first + static_cast<std::uint64_t>(after - kept_->more.begin());
}

Offset SegmentStarts::locate(std::uint64_t position) const {
    auto const number = segment_at(position);
    return {number, position - start_of(number)};
}

} // namespace ds
