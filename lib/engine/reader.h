// Where the bytes at a position are, and the page that starts there.
//
// From memory (rendered pages, then the lane's tail cache) on the asking thread; else from the hot
// log, by one of a few threads with read connections of their own; and what lies in segments of the
// object store by threads that may wait for it, so that nobody else does. An io thread never waits
// for a disk.
//
// A page may begin in one tier and go on in another. Rows that leave the hot log while they are
// being read are in a segment by then: the read goes on there.
#pragma once

#include "base/bounded_queue.h"
#include "base/guarded.h"
#include "engine/courier.h"
#include "engine/history.h"
#include "engine/page.h"
#include "engine/page_cache.h"
#include "engine/tail_cache.h"
#include "storage/hot_reader.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>
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
        unsigned store_threads; // for what lies in segments
        std::size_t page_cache_bytes;
    };
    // Opens its connections, one in each thread for each source.
    static Result<std::unique_ptr<Reader>> open(std::vector<Source> sources,
                                                Settings const& settings, History* history);
    ~Reader();
    Reader(Reader const&) = delete;
    Reader& operator=(Reader const&) = delete;

    // The page at `from` (not beyond the tail) if no disk is needed for it.
    std::optional<Page> from_memory(Stream const& stream, unsigned lane, std::uint64_t from,
                                    std::uint64_t limit);
    // Fetches it and delivers it to the courier. False when too many reads are waiting.
    [[nodiscard]] bool from_disk(std::shared_ptr<Stream> stream, unsigned lane, std::uint64_t from,
                                 std::uint64_t limit, ReplyTo reply_to);
    // The same for the page where the last `count` messages begin.
    [[nodiscard]] bool last_from_disk(std::shared_ptr<Stream> stream, unsigned lane,
                                      std::uint64_t count, std::uint64_t limit, ReplyTo reply_to);
    // Looks up the append at a place that lies in a segment. False when too many are waiting.
    using TellAppend = std::function<void(Result<AppendSpan>)>;
    [[nodiscard]] bool look_up(std::shared_ptr<Stream> stream, unsigned lane,
                               std::uint64_t position, TellAppend tell);
    // Delivers what is waiting, then ends the threads.
    void stop();

    // What was found damaged in the hot log; empty when nothing was.
    std::optional<std::string> damage() const;

private:
    struct Job {
        std::shared_ptr<Stream> stream;
        unsigned lane;
        std::uint64_t from;
        std::uint64_t limit; // messages; nothing to be delivered: the segment is fetched ahead
        ReplyTo reply_to{};
        TellAppend tell{};      // instead of a page
        std::uint64_t last = 0; // the page is where the last messages begin: so many; not `from`
        std::tuple<std::int64_t, std::uint64_t, std::uint64_t, std::uint64_t> place() const {
            return {stream->id, from, limit, last};
        }
    };
    // A thread with its queue and its connections, one for each lane.
    struct Worker {
        BoundedQueue<Job> jobs;
        std::vector<HotReader> connections;
        std::thread thread;
        explicit Worker(std::size_t most) : jobs(most) {}
    };
    using Workers = std::vector<std::unique_ptr<Worker>>;
    // What one read has to do with the tiers.
    struct Fetch {
        Job const& job;
        HotReader& connection;
        PageCutter cutter;
        HistoryRead history;
    };
    enum class Fed : std::uint8_t { more, full, moved }; // moved: rows have left the hot log

    Reader(std::vector<Source> sources, std::size_t page_cache_bytes, History* history);
    Result<void> start(Workers& workers, unsigned count, char const* name);
    bool put(Job job);
    void work(Worker& worker);
    Result<Page> page_for(Job const& job, HotReader& connection);
    Result<Page> find_or_fetch(Job const& job, HotReader& connection);
    Result<Page> find_or_fetch_last(Job const& job, HotReader& connection);
    Result<Page> fetch(Job const& job, HotReader& connection);
    Result<std::uint64_t> begin_of_last(Job const& job, HotReader& connection);
    Result<Fed> feed(Fetch& fetch, Stream::Span const& span);
    Result<Fed> feed_rows(Fetch& fetch, Stream::Span const& span);
    void fetch_ahead(Job const& job, std::uint64_t end);
    void tell(Stream const& stream, Error const& error);
    Page make_page(Stream const& stream, Head const& head, Cut cut, std::uint64_t from,
                   std::uint64_t limit);

    std::vector<Source> sources_;
    PageCache pages_;
    History* history_; // null: nothing lies in segments
    Workers workers_;
    Workers store_workers_;
    Guarded<std::set<std::string>> damaged_; // streams and rows, in words
};

} // namespace ds
