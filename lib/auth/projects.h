// The projects of a server: kept by storage/project_table, read from memory, changed one at a time.
// What a change makes is on the disk, and seen by everybody, when it returns.
#pragma once

#include "auth/project.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "model/stream_name.h"
#include "storage/project_table.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct Project {
    std::string name;
    ProjectSettings settings;
    Millis created;
};

class Projects {
public:
    // Of the data directory `data`. Fault::corrupt when what is kept cannot be understood.
    static Result<std::unique_ptr<Projects>> open(std::string const& data);

    // Immutable, so that a look at it needs no lock.
    struct Directory {
        std::map<std::string, std::shared_ptr<Project const>, std::less<>> projects;
        std::map<std::string, std::uint64_t, std::less<>> reader_keys; // changes, by full name
        bool any_origins = false;                                      // some project has its own
        bool had_any = false; // there is, or was, a project: a fact that nothing takes away

        Project const* find(std::string_view name) const;
    };
    std::shared_ptr<Directory const> directory() const;
    // Fault::missing when there is none of that name.
    Result<std::shared_ptr<Project const>> get(std::string_view name) const;
    // Another number after each change: who has seen the same may go on with what it knows.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

    // Told of each project that was made or removed, once that is on the disk. Set before others
    // know this object.
    enum class News { first, created, removed };
    using Tell = std::function<void(std::string_view name, News news)>;
    void on_news(Tell tell) { tell_ = std::move(tell); }

    // Fault::busy when there is one of that name.
    Result<void> create(std::string_view name, ProjectSettings settings, Millis now);
    // Replaces what was set, or creates. True when it was created.
    Result<bool> put(std::string_view name, ProjectSettings settings, Millis now);
    // Fault::missing when there is none; what `change` says is wrong changes nothing.
    using Change = std::function<Result<void>(ProjectSettings&)>;
    Result<void> change(std::string_view name, Change const& change);
    Result<void> remove(std::string_view name);

    // "rk_" and 32 hex digits that nobody can guess: the same for as long as the stream lives and
    // its key is not changed. Computed, not kept.
    std::string reader_key(Directory const& known, StreamName const& name,
                           std::int64_t stream) const;
    Result<void> change_reader_key(StreamName const& name);

private:
    Projects(std::string data, ProjectTable table)
        : data_(std::move(data)),
          table_(std::move(table)) {}
    void publish(Directory next);
    Result<void> keep(Project project);

    std::string const data_;
    Tell tell_;
    std::mutex changing_; // held over a commit: changes are rare, and nobody reads under it
    ProjectTable table_;
    Guarded<std::shared_ptr<Directory const>> directory_;
    std::atomic<std::uint64_t> version_{1};
};

Result<void> check_project_name(std::string_view name);

} // namespace ds
