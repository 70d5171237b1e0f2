// Bodies that several rows of the log share, and how many rows refer to each.
//
// Only the lane's thread touches it. The changes of a batch last with keep() and are taken back
// with undo(). A body that no row refers to any more is removed with a later batch.
#pragma once

#include "base/ensure.h"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ds {

class Payloads {
public:
    bool any() const { return !references_.empty(); }
    bool has(std::int64_t id) const { return references_.contains(id); }

    // What is in the log at a start: each body, and each row that refers to one.
    void recover(std::int64_t id) { references_.try_emplace(id, 0); }
    void recover_reference(std::int64_t id) { ++references_[id]; }
    void finish_recovery() {
        for (auto const& [id, count] : references_)
            if (count == 0) unused_.push_back(id);
    }

    // It enters the log.
    void make(std::int64_t id) {
        references_.try_emplace(id, 0);
        changes_.emplace_back(id, Change::made);
    }
    void add_reference(std::int64_t id) {
        ++references_[id];
        changes_.emplace_back(id, Change::added);
    }
    void drop_reference(std::int64_t id) {
        take_one(id);
        changes_.emplace_back(id, Change::dropped);
    }
    // Some of those that nothing refers to. They are gone for good once the batch is kept.
    std::vector<std::int64_t> take_unused(std::size_t most) {
        std::vector<std::int64_t> taken;
        while (taken.size() < most && !unused_.empty()) {
            auto const id = unused_.back();
            unused_.pop_back();
            auto const found = references_.find(id);
            if (found == references_.end() || found->second > 0) continue; // it is in use again
            references_.erase(found);
            changes_.emplace_back(id, Change::removed);
            taken.push_back(id);
        }
        return taken;
    }
    bool has_unused() const { return !unused_.empty(); }

    void keep() { changes_.clear(); }
    void undo() {
        for (; !changes_.empty(); changes_.pop_back()) {
            auto const [id, change] = changes_.back();
            switch (change) {
            case Change::made: references_.erase(id); break;
            case Change::added: take_one(id); break;
            case Change::dropped: ++references_[id]; break;
            case Change::removed:
                references_[id] = 0;
                unused_.push_back(id);
                break;
            }
        }
    }

private:
    enum class Change : std::uint8_t { made, added, dropped, removed };

    void take_one(std::int64_t id) {
        auto const found = references_.find(id);
        ENSURE(found != references_.end() && found->second > 0);
        if (--found->second == 0) unused_.push_back(id);
    }

    std::unordered_map<std::int64_t, std::uint32_t> references_;
    std::vector<std::int64_t> unused_;
    std::vector<std::pair<std::int64_t, Change>> changes_;
};

} // namespace ds
