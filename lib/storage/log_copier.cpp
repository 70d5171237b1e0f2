// The thread that copies, and who waits for it.
#include "storage/log_copier.h"

#include "base/log.h"

#include <pthread.h>
#include <sys/resource.h>

#include <utility>

namespace ds {

Result<std::unique_ptr<LogCopier>> LogCopier::open(std::string const& path) {
    auto database = TRY(sqlite::Database::open(path, sqlite::Open::read_write));
    // A connection that has read nothing does not know of the log, and would copy nothing.
    TRY(database.query_integer("SELECT count(*) FROM sqlite_schema"));
    return std::unique_ptr<LogCopier>(new LogCopier(std::move(database)));
}

LogCopier::LogCopier(sqlite::Database database)
    : database_(std::move(database)),
      thread_([this] {
          pthread_setname_np(pthread_self(), "ds-copier");
          // On Linux this is the thread's own: who waits for an answer comes first.
          setpriority(PRIO_PROCESS, 0, 5);
          run();
      }) {}

LogCopier::~LogCopier() {
    {
        std::scoped_lock const lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void LogCopier::begin() {
    {
        std::scoped_lock const lock(mutex_);
        wanted_ = true;
    }
    changed_.notify_all();
}

bool LogCopier::busy() const {
    std::scoped_lock const lock(mutex_);
    return wanted_;
}

void LogCopier::wait() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !wanted_; });
}

std::int64_t LogCopier::copied() const {
    std::scoped_lock const lock(mutex_);
    return copied_;
}

void LogCopier::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] { return wanted_ || stopping_; });
        if (stopping_) return;
        lock.unlock();
        auto const copied = database_.checkpoint();
        if (!copied)
            log_event(Level::warn, "lane.checkpoint_failed", {{"error", copied.error().what}});
        lock.lock();
        copied_ = copied ? *copied : 0;
        wanted_ = false;
        changed_.notify_all();
    }
}

} // namespace ds
