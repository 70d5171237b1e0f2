// Reading pages from memory and from the hot log.
#include "engine/reader.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace ds {

namespace {

// So much of a stream (4 MiB, or millions of JSON messages) is read by one thread, then by another.
constexpr unsigned k_region_bits = 22;
// Reads that may wait for one thread at once; beyond, the answer is "busy".
constexpr std::size_t k_jobs_max = 8 * k_kib;

// False when the row that holds `from` is not in the index any more: the stream, or a source of it,
// ended after somebody began to read.
bool reaches(Stream::Span const& span, std::uint64_t from) {
    return !span.pieces.empty() && span.pieces.front().place.start <= from;
}

} // namespace

Reader::Reader(std::vector<Source> sources, std::size_t page_cache_bytes)
    : sources_(std::move(sources)),
      pages_(page_cache_bytes) {}

Result<std::unique_ptr<Reader>> Reader::open(std::vector<Source> sources,
                                             Settings const& settings) {
    std::unique_ptr<Reader> reader(new Reader(std::move(sources), settings.page_cache_bytes));
    for (unsigned thread = 0; thread < settings.threads; ++thread) {
        auto& worker = *reader->workers_.emplace_back(std::make_unique<Worker>(k_jobs_max));
        for (auto const& source : reader->sources_)
            worker.connections.push_back(TRY(HotReader::open(source.path)));
        worker.thread = std::thread([owner = reader.get(), &worker] {
            pthread_setname_np(pthread_self(), "ds-reader");
            owner->work(worker);
        });
    }
    return reader;
}

Reader::~Reader() {
    stop();
}

void Reader::stop() {
    for (auto& worker : workers_)
        worker->jobs.close();
    for (auto& worker : workers_)
        if (worker->thread.joinable()) worker->thread.join();
}

Page Reader::make_page(Stream const& stream, Head const& head, Cut cut, PageCache::Key const& key) {
    Page page;
    page.body = std::move(cut.body);
    page.start = key.from;
    page.end = cut.end;
    page.next = cut.end == head.end ? head.tail : stream.locate(cut.end);
    page.time_ms = cut.time_ms;
    page.head = head;
    if (!page.up_to_date()) pages_.add(key, page);
    return page;
}

std::optional<Page> Reader::from_memory(Stream const& stream, unsigned lane, std::uint64_t from,
                                        std::uint64_t limit) {
    auto const head = stream.head();
    if (from >= head.end) return empty_page(stream, head);
    if (auto page = pages_.find({stream.id, from, limit})) {
        page->head = head;
        return page;
    }
    auto const span = stream.span(from, k_page_bytes_max, limit);
    if (!reaches(span, from)) return std::nullopt; // the fetch tells why
    auto const rows = sources_[lane].tail->find(span.pieces);
    if (rows.empty()) return std::nullopt;
    auto cut = cut_page(span.pieces, rows, from, limit, stream.json);
    return make_page(stream, span.head, std::move(cut), {stream.id, from, limit});
}

bool Reader::from_disk(std::shared_ptr<Stream> stream, unsigned lane, std::uint64_t from,
                       std::uint64_t limit, ReplyTo reply_to) {
    // What lies together is read by the same thread: it then fetches a page once for all who ask.
    auto const region = from >> k_region_bits;
    auto const which = (static_cast<std::uint64_t>(stream->id) + region) % workers_.size();
    Job job{std::move(stream), lane, from, limit, reply_to};
    return workers_[which]->jobs.put(job);
}

void Reader::work(Worker& worker) {
    std::vector<Job> jobs;
    auto const forever = [] { return std::chrono::steady_clock::now() + std::chrono::hours(1); };
    while (worker.jobs.take_all(jobs, forever())) {
        if (jobs.empty()) continue;
        // Who wants the same page stands together. All have asked by now, so that one answer is new
        // enough for each.
        std::ranges::stable_sort(jobs, {}, &Job::place);
        Result<Page> page = Error{Fault::invalid, "nothing was asked"};
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            auto const& job = jobs[i];
            if (i == 0 || job.place() != jobs[i - 1].place()) page = find_or_fetch(job, worker);
            Parcel parcel;
            parcel.pages.push_back({job.reply_to.ticket, page});
            job.reply_to.courier->deliver(std::move(parcel));
        }
        jobs.clear();
    }
}

Result<Page> Reader::find_or_fetch(Job const& job, Worker& worker) {
    auto const head = job.stream->head();
    auto page = pages_.find(job.key());
    if (!page) return fetch(job, worker.connections[job.lane]);
    page->head = head;
    return *std::move(page);
}

Result<Page> Reader::fetch(Job const& job, HotReader& connection) {
    auto const& stream = *job.stream;
    auto const span = stream.span(job.from, k_page_bytes_max, job.limit);
    if (job.from >= span.head.end) return empty_page(stream, span.head);
    if (!reaches(span, job.from)) return Error{Fault::invalid, stream.name.full() + " has ended"};
    TRY(connection.begin());
    auto cut = cut_from(connection, job, span);
    connection.end();
    if (!cut) return std::move(cut).error();
    return make_page(stream, span.head, *std::move(cut), job.key());
}

Result<Cut> Reader::cut_from(HotReader& connection, Job const& job, Stream::Span const& span) {
    auto const& stream = *job.stream;
    std::uint64_t bytes = 0;
    for (auto const& piece : span.pieces)
        bytes += piece.place.bytes + std::uint64_t{1};
    PageCutter cutter(bytes, job.from, job.limit, stream.json);
    for (auto const& piece : span.pieces) {
        auto const& place = piece.place;
        auto const found = TRY(connection.read(place.seq));
        auto const name = [&] {
            return "row " + std::to_string(place.seq) + " of " + stream.name.full();
        };
        if (!found) {
            // Rows vanish when their stream ends while it is being read; otherwise never.
            bool const ended = stream.life() == Life::ended;
            return Error{ended ? Fault::invalid : Fault::corrupt, name() + " is not there"};
        }
        auto const& [head, body] = *found;
        if (head.start != place.start || head.count != place.count || body.size() != place.bytes)
            return Error{Fault::corrupt, name() + " is not what it was"};
        if (!cutter.add({place, head.time_ms, body, head.lengths}, piece.until)) break;
    }
    return cutter.take();
}

} // namespace ds
