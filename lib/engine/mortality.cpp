// When a stream ends, and when its renewal is worth a write.
#include "engine/mortality.h"

#include <algorithm>
#include <variant>

namespace ds {

std::optional<Millis> Mortality::ends() const {
    return expires(lifetime_, from_count_ms(touched_ms()));
}

bool Mortality::has_ended(Millis now) const {
    auto const end = ends();
    if (!end || now < *end) return false;
    bool const sliding = std::holds_alternative<Ttl>(lifetime_);
    return !sliding || attached_.load(std::memory_order_relaxed) == 0;
}

bool Mortality::should_persist_touch() {
    auto const* ttl = std::get_if<Ttl>(&lifetime_);
    if (ttl == nullptr) return false;
    auto const window_ms = std::chrono::milliseconds(ttl->window).count();
    auto const step_ms = std::clamp<std::int64_t>(window_ms / 10, 100, 60'000);
    auto const touched = touched_ms();
    auto persisted = persisted_ms_.load(std::memory_order_relaxed);
    return touched - persisted >= step_ms &&
           persisted_ms_.compare_exchange_strong(persisted, touched, std::memory_order_relaxed);
}

void Mortality::grant_grace(Millis now) {
    auto const* ttl = std::get_if<Ttl>(&lifetime_);
    if (ttl == nullptr) return;
    auto const grace = std::min<std::chrono::seconds>(ttl->window, std::chrono::minutes(1));
    auto const at_least = now - ttl->window + grace;
    if (from_count_ms(touched_ms()) < at_least) touch(at_least);
}

void Mortality::detach(Millis now) {
    touch(now);
    attached_.fetch_sub(1, std::memory_order_relaxed);
}

Lifetime const& Lifespan::lifetime() const {
    static Lifetime const forever{Forever{}};
    return mortality_ ? mortality_->lifetime() : forever;
}

} // namespace ds
