// How long a stream lives, and who keeps it alive: reads and writes touch it, an attached live
// reader keeps a TTL from running out. (Protocol section 5.1)
//
// Any thread may touch and attach.
#pragma once

#include "base/clock.h"
#include "model/lifetime.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

namespace ds {

class Mortality {
public:
    Mortality(Lifetime lifetime, std::int64_t touched_ms)
        : lifetime_(lifetime),
          touched_ms_(touched_ms),
          persisted_ms_(touched_ms) {}

    Lifetime const& lifetime() const { return lifetime_; }
    std::optional<Millis> ends() const;
    bool has_ended(Millis now) const;
    void touch(Millis now) { touched_ms_.store(count_ms(now), std::memory_order_relaxed); }
    std::int64_t touched_ms() const { return touched_ms_.load(std::memory_order_relaxed); }
    // True when the renewal should be written down: not for each read, but before it matters.
    bool should_persist_touch();
    // It was not written down after all: the next read shall ask again.
    void touch_not_persisted() { persisted_ms_.store(0, std::memory_order_relaxed); }
    // After a restart nobody knows who was reading when the server stopped: a sliding window has at
    // least a minute left (or all of it, if it is shorter), so that readers can come back.
    void grant_grace(Millis now);
    void attach() { attached_.fetch_add(1, std::memory_order_relaxed); }
    void detach(Millis now);

private:
    Lifetime const lifetime_;
    std::atomic<std::int64_t> touched_ms_;
    std::atomic<std::int64_t> persisted_ms_;
    std::atomic<std::int32_t> attached_ = 0;
};

// The same of a stream that may live for ever: then there is nothing to hold, and all of this does
// nothing.
class Lifespan {
public:
    Lifespan(Lifetime const& lifetime, std::int64_t touched_ms)
        : mortality_(std::holds_alternative<Forever>(lifetime)
                         ? nullptr
                         : new Mortality(lifetime, touched_ms)) {}

    Lifetime const& lifetime() const;
    std::optional<Millis> ends() const { return mortality_ ? mortality_->ends() : std::nullopt; }
    bool has_ended(Millis now) const { return mortality_ && mortality_->has_ended(now); }
    void touch(Millis now) {
        if (mortality_) mortality_->touch(now);
    }
    std::int64_t touched_ms() const { return mortality_ ? mortality_->touched_ms() : 0; }
    bool should_persist_touch() { return mortality_ && mortality_->should_persist_touch(); }
    void touch_not_persisted() {
        if (mortality_) mortality_->touch_not_persisted();
    }
    void grant_grace(Millis now) {
        if (mortality_) mortality_->grant_grace(now);
    }
    void attach() {
        if (mortality_) mortality_->attach();
    }
    void detach(Millis now) {
        if (mortality_) mortality_->detach(now);
    }

private:
    std::unique_ptr<Mortality> const mortality_;
};

} // namespace ds
