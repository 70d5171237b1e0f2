// Reading pages from memory and from the hot log.
#include "engine/reader.h"

#include "base/log.h"

#include <pthread.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace ds {

namespace {

// So much of a stream (4 MiB, or millions of JSON messages) is read by one thread, then by another.
constexpr unsigned k_region_bits = 22;
// Reads that may wait for one thread at once; beyond, the answer is "busy".
constexpr std::size_t k_jobs_max = 8 * k_kib;

// Places of damage that are remembered, and told.
constexpr std::size_t k_damage_told = 1000;

// How often a read looks again for rows that have moved.
constexpr int k_moves_max = 8;

// False when the row that holds `from` is not in the index any more: the stream, or a source of it,
// ended after somebody began to read.
bool reaches(Stream::Span const& span, std::uint64_t from) {
    return !span.pieces.empty() && span.pieces.front().place.start <= from;
}

// How much room a page takes that begins with this.
std::uint64_t bytes_of(Stream::Span const& span) {
    if (span.segment) return k_page_bytes_max;
    std::uint64_t bytes = 0;
    for (auto const& piece : span.pieces)
        bytes += piece.place.bytes + std::uint64_t{1};
    return bytes;
}

Error has_ended(Stream const& stream) {
    return {Fault::invalid, stream.name.full() + " has ended"};
}

} // namespace

Reader::Reader(std::vector<Source> sources, std::size_t page_cache_bytes, History* history)
    : sources_(std::move(sources)),
      pages_(page_cache_bytes),
      history_(history) {}

Result<std::unique_ptr<Reader>> Reader::open(std::vector<Source> sources, Settings const& settings,
                                             History* history) {
    std::unique_ptr<Reader> reader(
        new Reader(std::move(sources), settings.page_cache_bytes, history));
    TRY(reader->start(reader->workers_, settings.threads, "ds-reader"));
    if (history != nullptr)
        TRY(reader->start(reader->store_workers_, settings.store_threads, "ds-history"));
    return reader;
}

Result<void> Reader::start(Workers& workers, unsigned count, char const* name) {
    for (unsigned thread = 0; thread < count; ++thread) {
        auto& worker = *workers.emplace_back(std::make_unique<Worker>(k_jobs_max));
        for (auto const& source : sources_)
            worker.connections.push_back(TRY(HotReader::open(source.path)));
        worker.thread = std::thread([this, &worker, name] {
            pthread_setname_np(pthread_self(), name);
            work(worker);
        });
    }
    return {};
}

Reader::~Reader() {
    stop();
}

void Reader::stop() {
    for (auto* workers : {&workers_, &store_workers_})
        for (auto& worker : *workers)
            worker->jobs.close();
    for (auto* workers : {&workers_, &store_workers_})
        for (auto& worker : *workers)
            if (worker->thread.joinable()) worker->thread.join();
}

Page Reader::make_page(Stream const& stream, Head const& head, Cut cut, std::uint64_t from,
                       std::uint64_t limit) {
    Page page;
    page.body = std::move(cut.body);
    page.start = cut.start;
    page.end = cut.end;
    page.next = cut.end == head.end ? head.tail : stream.locate(cut.end);
    page.time_ms = cut.time_ms;
    page.messages = cut.messages;
    page.head = head;
    pages_.add(stream.id, from, limit, page);
    return page;
}

std::optional<Page> Reader::from_memory(Stream const& stream, unsigned lane, std::uint64_t from,
                                        std::uint64_t limit) {
    auto const head = stream.head();
    if (from >= head.end) return empty_page(stream, head);
    if (auto page = pages_.find(stream.id, from, limit, head)) return page;
    auto const span = stream.span(from, k_page_bytes_max, limit);
    // The fetch tells why, or goes on where these rows end.
    if (!reaches(span, from) || span.goes_on_in_segment) return std::nullopt;
    auto const rows = sources_[lane].tail->find(span.pieces);
    if (rows.empty()) return std::nullopt;
    auto cut = cut_page(span.pieces, rows, from, limit, form_of(stream));
    return make_page(stream, span.head, std::move(cut), from, limit);
}

bool Reader::from_disk(std::shared_ptr<Stream> stream, unsigned lane, std::uint64_t from,
                       std::uint64_t limit, ReplyTo reply_to) {
    return put({std::move(stream), lane, from, limit, reply_to});
}

bool Reader::last_from_disk(std::shared_ptr<Stream> stream, unsigned lane, std::uint64_t count,
                            std::uint64_t limit, ReplyTo reply_to) {
    auto const position = stream->last_messages(count).position;
    return put({std::move(stream), lane, position, limit, reply_to, {}, count});
}

bool Reader::look_up(std::shared_ptr<Stream> stream, unsigned lane, std::uint64_t position,
                     TellAppend tell) {
    return put({std::move(stream), lane, position, 0, {}, std::move(tell)});
}

// What lies together is read by the same thread: it then fetches a page once for all who ask.
bool Reader::put(Job job) {
    auto const segment = job.stream->in_segment(job.from);
    auto const which =
        segment ? static_cast<std::uint64_t>(segment->stream) + segment->number
                : static_cast<std::uint64_t>(job.stream->id) + (job.from >> k_region_bits);
    auto& workers = segment && history_ != nullptr ? store_workers_ : workers_;
    return workers[which % workers.size()]->jobs.put(job);
}

void Reader::work(Worker& worker) {
    std::vector<Job> jobs;
    auto const forever = [] { return std::chrono::steady_clock::now() + std::chrono::hours(1); };
    while (worker.jobs.take_all(jobs, forever())) {
        if (jobs.empty()) continue;
        // Who wants the same page stands together. All have asked by now, so that one answer is new
        // enough for each.
        std::ranges::stable_sort(jobs, {}, &Job::place);
        std::optional<Result<Page>> page;
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            auto const& job = jobs[i];
            auto const segment = job.stream->in_segment(job.from);
            auto& table = worker.connections[job.lane].segments();
            if (i == 0 || job.place() != jobs[i - 1].place()) page.reset();
            if (job.tell) {
                job.tell(segment && history_ != nullptr
                             ? history_->append_at(*job.stream, *segment, job.from, table)
                             : Result<AppendSpan>(job.stream->append_at(job.from)));
            } else if (job.reply_to.courier == nullptr) {
                // Nobody waits for it, and whoever comes is told what is wrong.
                if (segment && history_ != nullptr)
                    static_cast<void>(history_->fetch_ahead(*job.stream, *segment, table));
            } else {
                if (!page) page = page_for(job, worker.connections[job.lane]);
                Parcel parcel;
                parcel.pages.push_back({job.reply_to.ticket, *page});
                job.reply_to.courier->deliver(std::move(parcel));
            }
        }
        jobs.clear();
    }
}

Result<Page> Reader::page_for(Job const& job, HotReader& connection) {
    auto page = job.last > 0 ? find_or_fetch_last(job, connection) : find_or_fetch(job, connection);
    // What is wrong with a segment has been logged by history, once.
    bool const told =
        page || job.stream->in_segment(job.from) || page.error().fault == Fault::invalid;
    if (!told) tell(*job.stream, page.error());
    return page;
}

Result<Page> Reader::find_or_fetch(Job const& job, HotReader& connection) {
    auto page = pages_.find(job.stream->id, job.from, job.limit, job.stream->head());
    if (!page) return fetch(job, connection);
    if (history_ != nullptr) history_->note_end(job.stream->id, page->end);
    return *std::move(page);
}

Result<Page> Reader::find_or_fetch_last(Job const& job, HotReader& connection) {
    auto const from = TRY(begin_of_last(job, connection));
    return find_or_fetch({job.stream, job.lane, from, job.limit, job.reply_to}, connection);
}

// Rows may move to the store between two looks: then they are looked for again.
Result<std::uint64_t> Reader::begin_of_last(Job const& job, HotReader& connection) {
    auto const& stream = *job.stream;
    for (int moves = 0; moves < k_moves_max; ++moves) {
        auto const found = stream.last_messages(job.last);
        if (found.is_known()) return found.position;
        if (found.cold && history_ != nullptr) {
            HistoryRead const read{stream, found.position, 0, false, false};
            return history_->begin_of_message(*found.cold, read, connection.segments());
        }
        if (found.cold) break;
        TRY(connection.begin());
        struct End {
            HotReader& reader;
            ~End() { reader.end(); }
        } const end{connection};
        auto const row = TRY(connection.read(found.row));
        if (!row) continue;
        if (row->head.start != found.position || row->head.lengths.size() <= found.skip)
            return Error{Fault::corrupt, "row " + std::to_string(found.row) + " of " +
                                             stream.name.full() + " is not what it was"};
        auto const begin = row->head.lengths.begin();
        return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(found.skip),
                               found.position);
    }
    return has_ended(stream);
}

// Damage is said once, however often it is asked for.
void Reader::tell(Stream const& stream, Error const& error) {
    if (!is_damage(error.fault))
        return log_event(Level::error, "read.failed", {{"error", error.what}});
    auto what = stream.name.full() + ": " + error.what;
    {
        auto damaged = damaged_.lock();
        if (damaged->size() >= k_damage_told || !damaged->insert(what).second) return;
    }
    log_event(Level::error, "row.damaged",
              {{"stream", stream.name.full()},
               {"error", error.what},
               {"effect", "it is not served, and the segment that it is in is not moved"}});
}

std::optional<std::string> Reader::damage() const {
    auto const damaged = damaged_.lock();
    if (damaged->empty()) return std::nullopt;
    auto const more = damaged->size() - 1;
    return "the hot log is damaged: " + *damaged->begin() +
           (more > 0 ? " (and " + std::to_string(more) + " places more)" : "");
}

Result<Page> Reader::fetch(Job const& job, HotReader& connection) {
    auto const& stream = *job.stream;
    bool const sequential = history_ != nullptr && history_->continues(stream.id, job.from);
    auto span = stream.span(job.from, k_page_bytes_max, job.limit);
    if (job.from >= span.head.end) return empty_page(stream, span.head);
    Fetch fetch{job, connection, PageCutter(bytes_of(span), job.from, job.limit, form_of(stream)),
                HistoryRead{stream, job.from, k_page_bytes_max, sequential, false}};
    for (int moves = 0; moves < k_moves_max;) {
        auto const position = fetch.cutter.end();
        if (!span.segment && !reaches(span, position)) return has_ended(stream);
        auto const fed = TRY(feed(fetch, span));
        if (fed == Fed::full) break;
        // Rows have moved, or a tier has been used up: the next one goes on.
        if (fed == Fed::moved) ++moves;
        span = stream.span(fetch.cutter.end(), k_page_bytes_max, job.limit);
        if (fetch.cutter.end() >= span.head.end) break;
    }
    if (fetch.cutter.end() == job.from)
        return Error{Fault::corrupt, stream.name.full() + ": there is nothing at position " +
                                         std::to_string(job.from)};
    if (fetch.history.got || sequential) fetch_ahead(job, fetch.cutter.end());
    return make_page(stream, span.head, fetch.cutter.take(), job.from, job.limit);
}

Result<Reader::Fed> Reader::feed(Fetch& fetch, Stream::Span const& span) {
    if (!span.segment) return feed_rows(fetch, span);
    if (history_ == nullptr)
        return Error{Fault::unreachable, "no object store is set, and " +
                                             fetch.job.stream->name.full() + " has segments"};
    bool const more = TRY(
        history_->feed(*span.segment, fetch.history, fetch.connection.segments(), fetch.cutter));
    return more ? Fed::more : Fed::full;
}

Result<Reader::Fed> Reader::feed_rows(Fetch& fetch, Stream::Span const& span) {
    auto const& stream = *fetch.job.stream;
    auto& connection = fetch.connection;
    TRY(connection.begin());
    struct End {
        HotReader& reader;
        ~End() { reader.end(); }
    } const end{connection};
    for (auto const& piece : span.pieces) {
        auto const& place = piece.place;
        auto const found = TRY(connection.read(place.seq));
        if (!found)
            return stream.life() == Life::ended ? Result<Fed>(has_ended(stream)) : Fed::moved;
        auto const& [head, body, head_bytes, intact] = *found;
        if (head.start != place.start || head.count != place.count || body.size() != place.bytes)
            return Error{Fault::corrupt, "row " + std::to_string(place.seq) + " of " +
                                             stream.name.full() + " is not what it was"};
        if (!fetch.cutter.add({place, head.time_ms, body, head.lengths}, piece.until))
            return Fed::full;
    }
    return Fed::more;
}

// Who reads on finds the next segment in memory.
void Reader::fetch_ahead(Job const& job, std::uint64_t end) {
    history_->note_end(job.stream->id, end);
    auto const here = job.stream->in_segment(end);
    if (!here || !history_->continues(job.stream->id, job.from)) return;
    auto const next = job.stream->end_of_segment(end);
    if (!next || !job.stream->in_segment(*next)) return;
    // Left alone when there is no room: the reader then fetches it itself.
    static_cast<void>(put({job.stream, job.lane, *next, 0}));
}

} // namespace ds
