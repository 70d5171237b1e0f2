// Building the parts in order, and finding the right one for each ask.
#include "engine/engine.h"

#include "base/log.h"
#include "engine/recovery.h"

#include <utility>

namespace ds {

Engine::Engine(DataDirectory directory, Clock const& clock)
    : directory_(std::move(directory)),
      clock_(clock) {}

Result<std::unique_ptr<Engine>> Engine::open(EngineOptions const& options, Clock const& clock) {
    // Take the directory, so that a second server on it stops here.
    auto directory = TRY(DataDirectory::open(options.data, options.lanes));
    std::unique_ptr<Engine> engine(new Engine(std::move(directory), clock));
    auto const& home = engine->directory_;

    std::vector<Reader::Source> sources;
    for (unsigned number = 0; number < home.lanes(); ++number) {
        auto const path = home.lane_path(number);
        auto log = HotLog::open(path, options.durability);
        if (!log) return std::move(log).error().within(path);
        // Everything after this line works on what is known to be whole.
        auto recovered = recover(*log, engine->catalog_);
        if (!recovered) return std::move(recovered).error().within(path);
        engine->recovered_rows_ += recovered->rows;
        if (options.reserve_log && options.durability == Durability::full) {
            // Without it commits are slower, that is all: no reason not to serve.
            auto const reserved = log->reserve();
            if (!reserved)
                log_event(Level::warn, "log.not_reserved", {{"error", reserved.error().what}});
        }

        engine->tail_caches_.push_back(std::make_unique<TailCache>(options.tail_cache_bytes));
        auto& tail = *engine->tail_caches_.back();
        auto const step = static_cast<std::int64_t>(home.lanes());
        Shelf shelf{std::move(*log), engine->catalog_, tail, options.segment,
                    options.producer_retention};
        shelf.next_seq = recovered->last_seq + 1;
        shelf.next_stream = recovered->last_stream == 0 ? static_cast<std::int64_t>(number) + 1
                                                        : recovered->last_stream + step;
        shelf.stream_step = step;
        shelf.garbage = std::move(recovered->garbage);
        engine->lanes_.push_back(std::make_unique<Lane>(number, std::move(shelf), clock,
                                                        engine->couriers_, recovered->mortal));
        sources.push_back({path, &tail});
    }
    engine->reader_ =
        TRY(Reader::open(std::move(sources), {options.reader_threads, options.page_cache_bytes}));
    return engine;
}

Engine::~Engine() {
    stop();
}

void Engine::stop() {
    if (reader_) reader_->stop();
    for (auto& lane : lanes_)
        lane->stop();
}

unsigned Engine::lane_of(StreamName const& name) const {
    // FNV-1a over the project: part of the data directory's format, as the lane of a stream must
    // not change. A project's streams share a lane, so that forks and their sources commit
    // together.
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (char const c : name.project())
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return static_cast<unsigned>(hash % lanes_.size());
}

bool Engine::submit(Ask& ask, ReplyTo reply_to) {
    auto const& name =
        std::visit([](auto const& asked) -> StreamName const& { return asked.name; }, ask);
    return lanes_[lane_of(name)]->submit(ask, reply_to);
}

std::variant<std::shared_ptr<Stream>, Refusal> Engine::find(StreamName const& name) const {
    auto stream = catalog_.find(name.full());
    if (!stream) return Refusal::stream_not_found;
    if (stream->life() == Life::soft_deleted) return Refusal::stream_gone;
    if (stream->life() == Life::ended || stream->has_ended(clock_.now()))
        return Refusal::stream_not_found;
    return stream;
}

void Engine::touch(std::shared_ptr<Stream> const& stream) {
    if (!std::holds_alternative<Ttl>(stream->lifetime())) return;
    stream->touch(clock_.now());
    if (stream->should_persist_touch()) lanes_[lane_of(stream->name)]->persist_touch(stream);
}

std::optional<Page> Engine::page_now(Stream const& stream, std::uint64_t from,
                                     std::uint64_t limit) {
    return reader_->from_memory(stream, lane_of(stream.name), from, limit);
}

bool Engine::page_later(std::shared_ptr<Stream> const& stream, std::uint64_t from,
                        std::uint64_t limit, ReplyTo reply_to) {
    return reader_->from_disk(stream, lane_of(stream->name), from, limit, reply_to);
}

std::optional<std::string> Engine::sickness() const {
    for (auto const& lane : lanes_)
        if (auto why = lane->sickness()) return why;
    return std::nullopt;
}

} // namespace ds
