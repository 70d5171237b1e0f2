// When each subscription is to be looked at though nothing happens: one time for each, at most.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace ds::webhooks {

class DueTimes {
public:
    // Replaces the time of `number`; empty takes it away.
    void set(std::int64_t number, std::optional<Millis> at) {
        if (auto const known = at_.find(number); known != at_.end()) {
            by_time_.erase({known->second, number});
            at_.erase(known);
        }
        if (!at) return;
        by_time_.insert({*at, number});
        at_.emplace(number, *at);
    }
    // The earliest time; empty when there is none.
    std::optional<Millis> next() const {
        if (by_time_.empty()) return std::nullopt;
        return by_time_.begin()->first;
    }
    // Takes away the earliest time that has come by `now`, and returns whose it is.
    std::optional<std::int64_t> take(Millis now) {
        if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;
        auto const number = by_time_.begin()->second;
        set(number, std::nullopt);
        return number;
    }
    void clear() {
        by_time_.clear();
        at_.clear();
    }

private:
    std::set<std::pair<Millis, std::int64_t>> by_time_;
    std::map<std::int64_t, Millis> at_;
};

} // namespace ds::webhooks
