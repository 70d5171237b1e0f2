// Building the parts in order, and finding the right one for each ask.
#include "engine/engine.h"

#include "base/log.h"
#include "engine/opening.h"
#include "engine/recovery.h"

#include <utility>

namespace ds {

namespace {

void refuse(ReplyTo reply_to, Refusal why) {
    Parcel parcel;
    parcel.answers.push_back({reply_to.ticket, Refused{.why = why}});
    reply_to.courier->deliver(std::move(parcel));
}

// A start does not wait longer for a store that does not answer.
constexpr std::chrono::seconds k_claim_patience{5};

// What is stored far away costs its way and its size; what lies in a folder is read as it lies.
Compression fitting(ObjectStore const& store) {
    return store.is_near() ? Compression::none : Compression::zstd;
}

Result<Recovered> recover_log(HotLog& log, Catalog& catalog, EngineOptions const& options) {
    RecoverySettings const settings{options.rotate.keep_hot, options.rotate.age.count() > 0};
    auto recovered = TRY(recover(log, catalog, settings));
    if (options.reserve_log && options.durability == Durability::full) {
        // Without it commits are slower, that is all: no reason not to serve.
        auto const reserved = log.reserve();
        if (!reserved)
            log_event(Level::warn, "log.not_reserved", {{"error", reserved.error().what}});
    }
    return recovered;
}

// Counts the streams of a lane that there are already.
void recover_limit(StreamLimit& limit, Engine const& engine, Catalog const& catalog,
                   unsigned lane) {
    if (!limit.is_on()) return;
    catalog.each([&](std::shared_ptr<Stream> const& stream) {
        if (engine.lane_of(stream->name.project()) == lane) limit.recover(stream->name.project());
    });
}

} // namespace

Engine::Engine(DataDirectory directory, EngineOptions const& options, Clock const& clock)
    : directory_(std::move(directory)),
      clock_(clock),
      producer_retention_(options.producer_retention),
      retentions_(options.rotate.retain) {}

Result<std::unique_ptr<Engine>> Engine::open(EngineOptions const& options, Clock const& clock) {
    // Take the directory, so that a second server on it stops here.
    auto directory = TRY(DataDirectory::open(options.data, options.lanes));
    std::unique_ptr<Engine> engine(new Engine(std::move(directory), options, clock));
    auto const& home = engine->directory_;
    auto lanes = TRY(open_lanes(home, options.durability, options.accept_loss));
    TRY(engine->open_store(options, lanes.any_lost || options.take_over_store));
    TRY(count_starts(home, lanes.logs));

    // Everything after this works on what is known to be whole.
    std::vector<Opened> opened;
    for (unsigned number = 0; number < home.lanes(); ++number) {
        auto recovered = recover_log(lanes.logs[number], engine->catalog_, options);
        if (!recovered) return std::move(recovered).error().within(home.lane_path(number));
        engine->recovered_rows_ += recovered->rows;
        opened.push_back({std::move(lanes.logs[number]), *std::move(recovered)});
    }
    TRY(engine->open_history(options));
    for (unsigned number = 0; number < home.lanes(); ++number)
        engine->open_lane(number, std::move(opened[number]), options);

    std::vector<Reader::Source> sources;
    for (unsigned number = 0; number < home.lanes(); ++number)
        sources.push_back({home.lane_path(number), engine->tail_caches_[number].get()});
    engine->reader_ = TRY(
        Reader::open(std::move(sources),
                     {options.reader_threads, options.history_threads, options.page_cache_bytes},
                     engine->history_.get()));
    return engine;
}

Result<void> Engine::open_store(EngineOptions const& options, bool becomes_another) {
    std::unique_ptr<ObjectStore> inner;
    if (options.open_store) inner = TRY(options.open_store(directory_));
    store_ = TRY(own_store(std::move(inner), directory_, becomes_another, clock_));
    if (!store_ || !options.claim_store) return {};
    return store_->claim_within(k_claim_patience);
}

Result<void> Engine::open_history(EngineOptions const& options) {
    if (!store_) return {};
    auto const& rotate = options.rotate;
    history_ = std::make_unique<History>(*store_, rotate.segment_cache_bytes);
    removals_ = std::make_unique<Removals>();
    if (!rotate.on) return {};
    Rotator::Settings const rotating{{directory_.identity(),
                                      rotate.compression.value_or(fitting(*store_)),
                                      options.producer_retention},
                                     rotate.concurrency,
                                     rotate.keep_hot,
                                     rotate.age.count() > 0};
    auto const to_lane = [this](unsigned lane, Chore& chore) { return submit(lane, chore); };
    auto const lane_of_stream = [this](Stream const& stream) {
        return lane_of(stream.name.project());
    };
    rotator_ = TRY(Rotator::open(
        {*store_, *history_, directory_.lane_paths(), lane_of_stream, to_lane}, rotating));
    return {};
}

Lane::Listener Engine::listener_of(unsigned lane) {
    Lane::Listener listener;
    listener.created = [this](std::shared_ptr<Stream> const& stream) {
        if (auto* const whom = newcomers_.load()) whom->on_created(stream);
    };
    if (rotator_)
        listener.sealed = [this](std::shared_ptr<Stream> const& stream, std::uint64_t bytes) {
            rotator_->note(stream, bytes);
        };
    if (removals_)
        listener.gone = [this, lane](std::shared_ptr<Stream> const& stream) {
            removals_->put_gone(lane, *stream);
        };
    if (history_)
        listener.look_up = [this](Ask ask, ReplyTo reply_to) {
            if (!submit(ask, reply_to)) refuse(reply_to, Refusal::busy);
        };
    return listener;
}

void Engine::open_lane(unsigned number, Opened opened, EngineOptions const& options) {
    auto& recovered = opened.recovered;
    tail_caches_.push_back(std::make_unique<TailCache>(options.tail_cache_bytes));
    auto const step = static_cast<std::int64_t>(directory_.lanes());
    auto const first_seq = opened.log.tables().first();
    Shelf shelf{std::move(opened.log), catalog_, *tail_caches_.back(), options.segment,
                options.producer_retention};
    shelf.next_seq = std::max(recovered.last_seq + 1, first_seq);
    shelf.next_stream = recovered.last_stream == 0 ? static_cast<std::int64_t>(number) + 1
                                                   : recovered.last_stream + step;
    shelf.stream_step = step;
    shelf.garbage = std::move(recovered.garbage);
    shelf.stream_limit = StreamLimit(options.project_streams_max, refused_by_limit_);
    recover_limit(shelf.stream_limit, *this, catalog_, number);
    shelf.producers_max = options.stream_producers_max;
    shelf.refused = &refused_by_limit_;
    shelf.roster = std::move(recovered.roster);
    shelf.roster.count_in(fanout_);
    shelf.payloads = std::move(recovered.payloads);
    shelf.fanout = options.fanout;
    for (auto const& [scope, retention] : recovered.retentions)
        retentions_.set(scope, retention);

    auto const age = rotator_ ? options.rotate.age : std::chrono::milliseconds(0);
    Lane::Settings settings{number, age, listener_of(number)};
    lanes_.push_back(std::make_unique<Lane>(std::move(settings), std::move(shelf), clock_,
                                            couriers_, recovered));
    if (removals_) removals_->put(number, recovered);
    if (!rotator_) return;
    for (auto const& stream : recovered.sealed)
        rotator_->note(stream);
}

Engine::~Engine() {
    stop();
}

void Engine::stop() {
    // Nobody waits for the store any longer; what it still owes is asked for after the next start.
    if (store_) store_->stop();
    if (reader_) reader_->stop();
    if (rotator_) rotator_->stop();
    for (auto& lane : lanes_)
        lane->stop();
}

unsigned Engine::lane_of(std::string_view project) const {
    return lane_of_project(project, directory_.lanes());
}

EngineParts Engine::parts() {
    return {directory_,   catalog_,       retentions_,    producer_retention_, recovered_rows_,
            store_.get(), history_.get(), rotator_.get(), removals_.get()};
}

bool Engine::submit(unsigned lane, Chore& chore) {
    return lane < lanes_.size() && lanes_[lane]->submit(chore);
}

std::optional<std::uint64_t> Engine::place_in_segment(Ask const& ask,
                                                      std::shared_ptr<Stream>& source) const {
    auto const* create = std::get_if<Create>(&ask);
    if (create == nullptr || !create->fork || !create->fork->at || !history_) return std::nullopt;
    // Whoever asks again for what is there already needs no look.
    if (catalog_.find(create->name.full())) return std::nullopt;
    source = catalog_.find(create->fork->source.full());
    if (!source || create->fork->source.project() != create->name.project()) return std::nullopt;
    auto const place = source->resolve(*create->fork->at);
    auto const* position = std::get_if<std::uint64_t>(&place);
    if (position == nullptr || !source->in_segment(*position)) return std::nullopt;
    return *position;
}

bool Engine::submit_looked_up(Ask& ask, ReplyTo reply_to, std::shared_ptr<Stream> const& source,
                              std::uint64_t position) {
    auto const lane = lane_of(source->name.project());
    auto const held = std::make_shared<Ask>(std::move(ask));
    auto const tell = [this, held, reply_to, lane, source,
                       position](Result<AppendSpan> const& found) {
        auto why = Refusal::busy;
        if (found) {
            std::get<Create>(*held).fork->looked_up = {source->id, position, *found};
            if (lanes_[lane]->submit(*held, reply_to)) return;
        } else {
            bool const away = found.error().fault == Fault::unreachable;
            why = away ? Refusal::history_unavailable : Refusal::history_damaged;
        }
        refuse(reply_to, why);
    };
    if (reader_->look_up(source, lane, position, tell)) return true;
    ask = std::move(*held);
    return false;
}

bool Engine::submit(Ask& ask, ReplyTo reply_to) {
    std::shared_ptr<Stream> source;
    if (auto const position = place_in_segment(ask, source))
        return submit_looked_up(ask, reply_to, source, *position);
    auto const& name =
        std::visit([](auto const& asked) -> StreamName const& { return asked.name; }, ask);
    return lanes_[lane_of(name.project())]->submit(ask, reply_to);
}

std::variant<std::shared_ptr<Stream>, Refusal> Engine::find(StreamName const& name) const {
    auto stream = catalog_.find(name.full());
    if (!stream) return Refusal::stream_not_found;
    if (stream->life() == Life::soft_deleted) return Refusal::stream_gone;
    if (stream->life() == Life::ended || stream->lifespan.has_ended(clock_.now()))
        return Refusal::stream_not_found;
    return stream;
}

void Engine::touch(std::shared_ptr<Stream> const& stream) {
    if (!std::holds_alternative<Ttl>(stream->lifespan.lifetime())) return;
    stream->lifespan.touch(clock_.now());
    if (stream->lifespan.should_persist_touch())
        lanes_[lane_of(stream->name.project())]->persist_touch(stream);
}

std::optional<Page> Engine::page_now(Stream const& stream, std::uint64_t from,
                                     std::uint64_t limit) {
    return reader_->from_memory(stream, lane_of(stream.name.project()), from, limit);
}

bool Engine::page_later(std::shared_ptr<Stream> const& stream, std::uint64_t from,
                        std::uint64_t limit, ReplyTo reply_to) {
    return reader_->from_disk(stream, lane_of(stream->name.project()), from, limit, reply_to);
}

std::optional<std::uint64_t> Engine::begin_of_last(Stream const& stream, std::uint64_t count) {
    auto const found = stream.last_messages(count);
    return found.is_known() ? std::optional(found.position) : std::nullopt;
}

bool Engine::last_page_later(std::shared_ptr<Stream> const& stream, std::uint64_t count,
                             std::uint64_t limit, ReplyTo reply_to) {
    return reader_->last_from_disk(stream, lane_of(stream->name.project()), count, limit, reply_to);
}

std::optional<std::string> Engine::sickness() const {
    for (auto const& lane : lanes_)
        if (auto why = lane->sickness()) return why;
    return std::nullopt;
}

std::optional<std::string> Engine::store_taken() const {
    return store_ ? store_->lost() : std::nullopt;
}

std::optional<std::string> Engine::store_sickness() const {
    if (auto why = store_taken()) return why;
    if (rotator_)
        if (auto why = rotator_->sickness()) return why;
    if (removals_)
        if (auto why = removals_->sickness()) return why;
    return history_ ? history_->sickness() : std::nullopt;
}

std::optional<std::string> Engine::notice() const {
    if (auto what = reader_->damage()) return what;
    for (auto const& lane : lanes_)
        if (auto what = lane->held_log()) return what;
    return std::nullopt;
}

} // namespace ds
