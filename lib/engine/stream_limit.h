// How many streams each project of a lane has, and the most that it may have.
//
// A project belongs to one lane, whose thread alone changes this: a creation is let in or refused
// where it is decided, and two at once cannot both take the last place. What a batch changes is
// kept when it is committed, and else undone.
#pragma once

#include "base/ensure.h"
#include "base/text_hash.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ds {

// What was refused by the limits that the engine keeps, since the start. From any thread.
struct LimitRefusals {
    std::atomic<std::uint64_t> streams{0};   // of a project
    std::atomic<std::uint64_t> producers{0}; // of a stream
};

class StreamLimit {
public:
    StreamLimit() = default; // no limit: nothing is counted
    // 0: no limit.
    StreamLimit(std::uint64_t most, LimitRefusals& refused) : most_(most), refused_(&refused) {}

    bool is_on() const { return most_ > 0; }
    // What was there at the start.
    void recover(std::string_view project) {
        if (is_on()) ++entry(project)->second;
    }
    // False, and counted as refused, when the project has as many as it may.
    bool has_room(std::string_view project) {
        if (!is_on()) return true;
        auto const found = counts_.find(project);
        if (found == counts_.end() || found->second < most_) return true;
        refused_->streams.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    void add(std::string_view project) {
        if (!is_on()) return;
        ++entry(project)->second;
        changes_.emplace_back(project, Change::added);
    }
    void remove(std::string_view project) {
        if (!is_on()) return;
        take_one(project);
        changes_.emplace_back(project, Change::removed);
    }
    // The batch is committed.
    void keep() { changes_.clear(); }
    // It has not happened. The last change goes first, so that what it took is there again.
    void undo() {
        for (; !changes_.empty(); changes_.pop_back()) {
            auto const& [project, change] = changes_.back();
            if (change == Change::removed)
                ++entry(project)->second;
            else
                take_one(project);
        }
    }
    std::uint64_t count(std::string_view project) const {
        auto const found = counts_.find(project);
        return found == counts_.end() ? 0 : found->second;
    }

private:
    enum class Change : std::uint8_t { added, removed };
    using Counts = std::unordered_map<std::string, std::uint64_t, TextHash, std::equal_to<>>;

    Counts::iterator entry(std::string_view project) {
        auto const found = counts_.find(project);
        return found != counts_.end() ? found : counts_.emplace(project, 0).first;
    }
    // A project without streams is no project.
    void take_one(std::string_view project) {
        auto const found = counts_.find(project);
        ENSURE(found != counts_.end());
        if (--found->second == 0) counts_.erase(found);
    }

    std::uint64_t most_ = 0;
    LimitRefusals* refused_ = nullptr;
    Counts counts_;                                       // none is 0
    std::vector<std::pair<std::string, Change>> changes_; // of the batch at hand
};

} // namespace ds
