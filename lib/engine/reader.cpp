// Reading pages from memory and from the hot log.
#include "engine/reader.h"

#include <pthread.h>

#include <utility>

namespace ds {

namespace {

// Reads that may wait for one thread at once; beyond, the answer is "busy".
constexpr std::size_t k_jobs_max = 8 * k_kib;
constexpr std::size_t k_page_cache_bytes = 64 * k_mib;

// False when the row that holds `from` is not in the index any more: the stream, or a source of it,
// ended after somebody began to read.
bool reaches(Stream::Span const& span, std::uint64_t from) {
    return !span.pieces.empty() && span.pieces.front().place.start <= from;
}

} // namespace

Reader::Reader(std::vector<Source> sources)
    : sources_(std::move(sources)),
      pages_(k_page_cache_bytes) {}

Result<std::unique_ptr<Reader>> Reader::open(std::vector<Source> sources, unsigned threads) {
    std::unique_ptr<Reader> reader(new Reader(std::move(sources)));
    for (unsigned thread = 0; thread < threads; ++thread) {
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

Page Reader::make_page(Stream const& stream, Stream::Span const& span,
                       std::vector<RowPtr> const& rows, std::uint64_t from, std::uint64_t limit) {
    auto cut = cut_page(span.pieces, rows, from, limit, stream.json);
    Page page;
    page.body = Bytes(std::move(cut.body));
    page.start = from;
    page.end = cut.end;
    page.next = cut.end == span.head.end ? span.head.tail : stream.locate(cut.end);
    page.time_ms = cut.time_ms;
    page.head = span.head;
    if (!page.up_to_date()) pages_.add({stream.id, from, limit}, page);
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
    return make_page(stream, span, rows, from, limit);
}

bool Reader::from_disk(std::shared_ptr<Stream> stream, unsigned lane, std::uint64_t from,
                       std::uint64_t limit, ReplyTo reply_to) {
    Job job{std::move(stream), lane, from, limit, reply_to};
    auto const which = next_worker_.fetch_add(1, std::memory_order_relaxed) % workers_.size();
    return workers_[which]->jobs.put(job);
}

void Reader::work(Worker& worker) {
    std::vector<Job> jobs;
    auto const forever = [] { return std::chrono::steady_clock::now() + std::chrono::hours(1); };
    while (worker.jobs.take_all(jobs, forever())) {
        for (auto const& job : jobs) {
            Parcel parcel;
            parcel.pages.push_back({job.reply_to.ticket, fetch(job, worker.connections[job.lane])});
            job.reply_to.courier->deliver(std::move(parcel));
        }
        jobs.clear();
    }
}

Result<Page> Reader::fetch(Job const& job, HotReader& connection) {
    auto const& stream = *job.stream;
    auto const span = stream.span(job.from, k_page_bytes_max, job.limit);
    if (job.from >= span.head.end) return empty_page(stream, span.head);
    if (!reaches(span, job.from)) return Error{Fault::invalid, stream.name.full() + " has ended"};
    std::vector<RowPtr> rows;
    rows.reserve(span.pieces.size());
    for (auto const& [place, until] : span.pieces) {
        auto found = TRY(connection.read(place.seq));
        if (!found) {
            auto const what = "row " + std::to_string(place.seq) + " of " + stream.name.full();
            // Rows vanish when their stream ends while it is being read; otherwise never.
            bool const ended = stream.life() == Life::ended;
            return Error{ended ? Fault::invalid : Fault::corrupt, what + " is not there"};
        }
        auto row = std::make_shared<Row>();
        row->seq = place.seq;
        row->start = place.start;
        row->count = place.count;
        row->length = stream.json ? place.count : place.bytes;
        row->time_ms = found->head.time_ms;
        row->body = std::move(found->body);
        row->lengths = std::move(found->head.lengths);
        rows.push_back(std::move(row));
    }
    return make_page(stream, span, rows, job.from, job.limit);
}

} // namespace ds
