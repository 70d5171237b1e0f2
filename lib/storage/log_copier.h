// Copies what a write-ahead log holds into its database, on a thread of its own.
//
// A checkpoint writes every page that changed and syncs the file: for 32 MB about 100 ms, in which
// nobody would have an answer if the lane did it itself. The lane goes on writing meanwhile; what
// it wrote is copied by the next pass, and the little that is left at the end by the lane.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace ds {

class LogCopier {
public:
    static Result<std::unique_ptr<LogCopier>> open(std::string const& path);
    ~LogCopier();
    LogCopier(LogCopier const&) = delete;
    LogCopier& operator=(LogCopier const&) = delete;

    // Begins a pass, unless one is under way.
    void begin();
    bool busy() const;
    void wait() const;
    // Pages of the log that the last pass found copied; 0 after a pass that failed.
    std::int64_t copied() const;

private:
    explicit LogCopier(sqlite::Database database);
    void run();

    sqlite::Database database_; // the thread's
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    bool wanted_ = false; // a pass is wanted or under way
    bool stopping_ = false;
    std::int64_t copied_ = 0;
    std::thread thread_; // last: everything above exists before it runs
};

} // namespace ds
