// Where the bytes at a position are, and the page that starts there.
//
// From memory (rendered pages, then the lane's tail cache) on the asking thread; else from the hot
// log, by one of a few threads with read connections of their own. An io thread never waits for a
// disk.
#pragma once

#include "base/bounded_queue.h"
#include "engine/courier.h"
#include "engine/page.h"
#include "engine/page_cache.h"
#include "engine/tail_cache.h"
#include "storage/hot_log.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace ds {

class Reader {
public:
    // What is read: each lane's database and the cache of its tail.
    struct Source {
        std::string path;
        TailCache const* tail;
    };
    struct Settings {
        unsigned threads;
        std::size_t page_cache_bytes;
    };
    // Opens its connections, one in each thread for each source.
    static Result<std::unique_ptr<Reader>> open(std::vector<Source> sources,
                                                Settings const& settings);
    ~Reader();
    Reader(Reader const&) = delete;
    Reader& operator=(Reader const&) = delete;

    // The page at `from` (not beyond the tail) if no disk is needed for it.
    std::optional<Page> from_memory(Stream const& stream, unsigned lane, std::uint64_t from,
                                    std::uint64_t limit);
    // Fetches it and delivers it to the courier. False when too many reads are waiting.
    [[nodiscard]] bool from_disk(std::shared_ptr<Stream> stream, unsigned lane, std::uint64_t from,
                                 std::uint64_t limit, ReplyTo reply_to);
    // Delivers what is waiting, then ends the threads.
    void stop();

private:
    struct Job {
        std::shared_ptr<Stream> stream;
        unsigned lane;
        std::uint64_t from;
        std::uint64_t limit;
        ReplyTo reply_to;
        PageCache::Key key() const { return {stream->id, from, limit}; }
        std::tuple<std::int64_t, std::uint64_t, std::uint64_t> place() const {
            return {stream->id, from, limit};
        }
    };
    // A thread with its queue and its connections, one for each lane.
    struct Worker {
        BoundedQueue<Job> jobs;
        std::vector<HotReader> connections;
        std::thread thread;
        explicit Worker(std::size_t most) : jobs(most) {}
    };
    Reader(std::vector<Source> sources, std::size_t page_cache_bytes);
    void work(Worker& worker);
    Result<Page> find_or_fetch(Job const& job, Worker& worker);
    Result<Page> fetch(Job const& job, HotReader& connection);
    static Result<Cut> cut_from(HotReader& connection, Job const& job, Stream::Span const& span);
    Page make_page(Stream const& stream, Head const& head, Cut cut, PageCache::Key const& key);

    std::vector<Source> sources_;
    PageCache pages_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

} // namespace ds
