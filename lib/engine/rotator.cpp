// Building, putting, reading back and recording segments, several at once.
#include "engine/rotator.h"

#include "base/log.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <utility>

namespace ds {

namespace {

// Segments of one stream that are under way at once: each is in memory.
constexpr std::uint64_t k_window = 4;
// With so many streams in the queue, or more bytes a second coming in, there is no time to take.
constexpr std::size_t k_queue_long = 4;
constexpr double k_calm_rate_max = 44.0 * k_mib;
// The rate is that of at least so long; and where it was high, it may be high again.
constexpr std::chrono::milliseconds k_inflow_measured{100};
constexpr std::chrono::seconds k_inflow_remembered{1};
// Two, so that one segment is built while another is on its way.
constexpr unsigned k_calm_threads = 2;
// How soon a fork looks again for its source.
constexpr std::chrono::milliseconds k_source_pause{250};

} // namespace

Rotator::Rotator(Parts parts, Settings settings)
    : parts_(std::move(parts)),
      settings_(std::move(settings)) {}

Result<std::unique_ptr<Rotator>> Rotator::open(Parts parts, Settings settings) {
    std::unique_ptr<Rotator> rotator(new Rotator(std::move(parts), std::move(settings)));
    auto const hasty = rotator->settings_.threads;
    for (unsigned thread = 0; thread < hasty; ++thread)
        TRY(rotator->start(Manner::hasty));
    for (unsigned thread = 0; thread < std::min(hasty, k_calm_threads); ++thread)
        TRY(rotator->start(Manner::calm));
    return rotator;
}

Result<void> Rotator::start(Manner manner) {
    auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
    for (auto const& path : parts_.lane_paths)
        worker.connections.push_back(TRY(HotReader::open(path)));
    worker.thread = std::thread([this, manner, &worker] {
        pthread_setname_np(pthread_self(), manner == Manner::calm ? "ds-rotator" : "ds-rotator+");
        // On Linux this is the thread's own, and holds for the disk as well.
        sched_param const none{};
        if (manner == Manner::calm) sched_setscheduler(0, SCHED_IDLE, &none);
        run(manner, worker.connections);
    });
    return {};
}

Rotator::~Rotator() {
    stop();
}

void Rotator::stop() {
    state_.lock()->stopping = true;
    changed_.notify_all();
    for (auto& worker : workers_) {
        if (!worker->thread.joinable()) continue;
        sched_param const none{}; // who works while nobody else does would not get to its end
        pthread_setschedparam(worker->thread.native_handle(), SCHED_OTHER, &none);
        worker->thread.join();
    }
}

void Rotator::enqueue(State& state, WorkPtr const& work) {
    if (!work->queued) state.queue.push_back(work);
    work->queued = true;
    changed_.notify_all(); // in any case: there may be haste now
}

void Rotator::enqueue_later(State& state, WorkPtr const& work, std::chrono::milliseconds delay) {
    if (work->queued) return;
    work->queued = true;
    state.later.emplace(Steady::now() + delay, work);
    changed_.notify_all();
}

void Rotator::take_note(State::Inflow& inflow, std::uint64_t sealed) {
    auto const now = Steady::now();
    inflow.bytes += sealed;
    std::chrono::duration<double> const passed = now - inflow.since;
    if (passed < k_inflow_measured) return;
    bool const fast = static_cast<double>(inflow.bytes) > k_calm_rate_max * passed.count();
    if (fast) inflow.fast_until = now + k_inflow_remembered;
    inflow.since = now;
    inflow.bytes = 0;
}

void Rotator::note(std::shared_ptr<Stream> const& stream, std::uint64_t sealed) {
    auto const first = stream->rotation()->waiting().first;
    auto state = state_.lock();
    if (state->stopping) return;
    take_note(state->inflow, sealed);
    auto& work = state->works[stream.get()];
    if (!work) {
        work = std::make_shared<Work>();
        work->stream = stream;
        work->lane = parts_.lane_of(*stream);
        work->next = work->adopted = first;
    }
    work->noted = true;
    enqueue(*state, work);
}

bool Rotator::hurries(State const& state, Work const& work) {
    auto const waiting = work.stream->rotation()->waiting();
    return Steady::now() < state.inflow.fast_until || state.queue.size() >= k_queue_long ||
           waiting.first + waiting.count > work.next + 1;
}

// What is under way no longer counts: it will be too late, or has failed.
void Rotator::begin_anew(Work& work) {
    ++work.life;
    work.ready.clear();
    work.ledger.reset();
    work.next = work.adopted;
    work.building = false;
    work.calm = false;
}

// What is to be done next for `work`, if it is for such a thread.
std::optional<Rotator::Turn> Rotator::turn_of(WorkPtr const& work, Manner manner) {
    if (work->may_be_recorded()) {
        work->adopting = true;
        return Turn{work, 0, work->life, true};
    }
    if (work->calm && manner == Manner::hasty) begin_anew(*work);
    // What is being recorded is not built again, even if it began anew meanwhile.
    bool const recorded = work->adopting && work->next == work->adopted;
    if (work->building || recorded || work->next >= work->adopted + k_window) return std::nullopt;
    // Calm work is one segment at a time, so that it can be taken over as a whole.
    if (manner == Manner::calm && work->under_way > 0) return std::nullopt;
    work->building = true;
    work->noted = false;
    work->calm = manner == Manner::calm;
    return Turn{work, work->next, work->life, false, manner};
}

std::optional<Rotator::Turn> Rotator::find_turn(State& state, Manner manner) {
    while (!state.later.empty() && state.later.begin()->first <= Steady::now()) {
        state.queue.push_back(std::move(state.later.begin()->second));
        state.later.erase(state.later.begin());
    }
    for (std::size_t at = 0; at < state.queue.size();) {
        auto const work = state.queue[at];
        if (!work->may_be_recorded() && hurries(state, *work) != (manner == Manner::hasty)) {
            if (++at < k_queue_long) continue;
            break;
        }
        state.queue.erase(state.queue.begin() + static_cast<std::ptrdiff_t>(at));
        work->queued = false;
        if (auto turn = turn_of(work, manner)) return turn;
    }
    return std::nullopt;
}

// When there may be a turn though nobody says so: a new try is due, or the haste is over.
Rotator::Steady::time_point Rotator::next_look(State const& state) {
    auto at = Steady::now() + std::chrono::hours(1);
    if (!state.later.empty()) at = std::min(at, state.later.begin()->first);
    auto const calm_from = state.inflow.fast_until;
    if (!state.queue.empty() && Steady::now() < calm_from) at = std::min(at, calm_from);
    return at;
}

std::optional<Rotator::Turn> Rotator::take(Manner manner) {
    auto state = state_.lock();
    std::optional<Turn> turn;
    while (!state->stopping && !turn) {
        auto const wake = next_look(*state);
        state.wait_until(changed_, wake, [&](State& now) {
            if (!now.stopping) turn = find_turn(now, manner);
            return now.stopping || turn || next_look(now) < wake;
        });
    }
    // With a shorter queue the rest of it may be for others.
    if (turn && !state->queue.empty()) changed_.notify_all();
    return turn;
}

void Rotator::run(Manner manner, std::vector<HotReader>& connections) {
    while (auto const turn = take(manner)) {
        if (turn->adopt)
            adopt(turn->work);
        else
            rotate(*turn, connections[turn->work->lane]);
    }
}

bool Rotator::source_is_there(Stream const& stream) const {
    if (!settings_.after_source || !stream.source()) return true;
    return stream.source()->rotation()->until() >= stream.fork()->point;
}

// Where the segment begins, if the one before it was built a moment ago.
std::optional<LedgerThere> Rotator::ledger_for(Turn const& turn) {
    auto const state = state_.lock();
    if (turn.work->life != turn.life) return std::nullopt;
    return std::exchange(turn.work->ledger, std::nullopt);
}

void Rotator::rotate(Turn const& turn, HotReader& log) {
    auto const& work = turn.work;
    auto const sealed = work->stream->rotation()->sealed(turn.number);
    if (!sealed) return found_nothing(turn);
    if (!source_is_there(*work->stream)) {
        auto state = state_.lock();
        if (work->life != turn.life) return;
        work->building = work->calm = false;
        enqueue_later(*state, work, k_source_pause);
        return;
    }
    auto segment = build(turn, ledger_for(turn), *sealed, log);
    if (!segment) return retry(turn, segment.error());
    if (!*segment) return found_nothing(turn);
    built(turn, **segment);
    auto const done = put(**segment);
    finish(turn, done, **std::move(segment));
}

Result<std::optional<BuiltSegment>> Rotator::build(Turn const& turn,
                                                   std::optional<LedgerThere> before,
                                                   StreamRotation::SealedSegment const& sealed,
                                                   HotReader& log) {
    auto const& stream = *turn.work->stream;
    if (!before) {
        auto rotated = TRY(log.segments().rotated(stream.id));
        if (rotated && rotated->until != sealed.start)
            return Error{Fault::busy, stream.name.full() + " is being rotated by somebody else"};
        before.emplace();
        if (rotated) before = LedgerThere{std::move(rotated->ledger), rotated->ledger_parts_bytes};
    }
    return build_segment(settings_.build, stream, sealed, *std::move(before), log,
                         turn.manner == Manner::hasty);
}

// There is nothing more to build, unless somebody has noted something meanwhile.
void Rotator::found_nothing(Turn const& turn) {
    auto const& work = turn.work;
    auto state = state_.lock();
    if (work->life != turn.life) return;
    work->building = work->calm = false;
    if (work->noted) return enqueue(*state, work);
    bool const over = work->under_way == 0 && work->ready.empty() && !work->adopting;
    auto const found = state->works.find(work->stream.get());
    if (!over || found == state->works.end() || found->second != work) return;
    stuck_.forget(*work->stream);
    state->works.erase(found);
}

// From here on the next segment of the stream may be built.
void Rotator::built(Turn const& turn, BuiltSegment& segment) {
    auto const& work = turn.work;
    auto state = state_.lock();
    ++work->under_way;
    if (work->life != turn.life) return;
    work->building = false;
    work->next = turn.number + 1;
    work->ledger = std::move(segment.after);
    enqueue(*state, work);
}

Result<void> Rotator::put(BuiltSegment& built) {
    auto const key = built.record.key;
    bool const is_new = TRY(parts_.store.put_if(key, std::nullopt, built.encoded.object.view(),
                                                "application/vnd.ds.segment"));
    if (!is_new) {
        auto const there = TRY(parts_.store.get(key));
        if (!there) return Error{Fault::busy, key + " was there, and is gone"};
        if (*there != built.encoded.object && !take_twin(built, *there))
            return taken_key(parts_.store, key);
    }
    auto const& object = built.encoded.object;
    // Is it there, whole, and ours?
    auto const end = TRY(parts_.store.get_range(key, ByteRange::last(k_trailer_bytes)));
    if (!end) return Error{Fault::io, key + " is not there after it was put"};
    bool const same = end->object_bytes == object.size() &&
                      end->bytes == object.slice(object.size() - k_trailer_bytes);
    if (!same) return Error{Fault::io, key + " is not what was put"};
    parts_.history.remember(built.record, built.encoded.raw);
    return {};
}

void Rotator::finish(Turn const& turn, Result<void> const& done, BuiltSegment segment) {
    auto const& work = turn.work;
    auto const key = segment.record.key;
    {
        auto state = state_.lock();
        --work->under_way;
        bool const current = work->life == turn.life;
        if (current) work->calm = false;
        if (current && done && turn.number >= work->adopted) {
            segment.encoded = {};
            work->ready.emplace(turn.number, std::move(segment));
            work->backoff.reset();
        }
        if (done) enqueue(*state, work);
    }
    if (done && work->stream->life() == Life::ended) {
        // It came too late to be removed with the others. A fault leaves it to the collection.
        static_cast<void>(parts_.store.remove(key));
    }
    if (done) {
        parts_.history.note_reachable();
        bool const was_sick = std::exchange(*sickness_.lock(), std::nullopt).has_value();
        if (was_sick) log_event(Level::info, "rotator.well", {{"store", parts_.store.where()}});
    } else {
        retry(turn, done.error());
    }
}

void Rotator::adopt(WorkPtr const& work) {
    AdoptSegment adopt;
    {
        auto const state = state_.lock();
        auto const found = work->ready.find(work->adopted);
        if (found == work->ready.end()) { // it began anew
            work->adopting = false;
            return;
        }
        auto const& segment = found->second;
        adopt = {work->stream, segment.record, segment.rotated, settings_.keep_rows};
    }
    auto const number = adopt.segment.at.segment;
    Chore chore{std::move(adopt),
                [this, work, number](Chore::Outcome outcome) { settled(work, number, outcome); }};
    if (!parts_.submit(work->lane, chore)) settled(work, number, Chore::Outcome::failed);
}

// On the lane's thread.
void Rotator::settled(WorkPtr const& work, std::uint64_t number, Chore::Outcome outcome) {
    bool const ended = work->stream->life() == Life::ended;
    auto const first = work->stream->rotation()->waiting().first;
    if (outcome == Chore::Outcome::refused && (ended || first != number)) return drop(work);
    auto state = state_.lock();
    work->adopting = false;
    if (outcome != Chore::Outcome::done) {
        // The disk is failing, or the inbox is full: the segment is in the store, it can wait.
        return enqueue_later(*state, work, work->backoff.next());
    }
    auto const found = work->ready.find(number);
    if (found != work->ready.end()) {
        counts_.segments.fetch_add(1, std::memory_order_relaxed);
        counts_.bytes.fetch_add(found->second.record.object_bytes, std::memory_order_relaxed);
        work->ready.erase(found);
    }
    stuck_.free(*work->stream); // they are recorded in order
    work->adopted = number + 1;
    if (work->next < work->adopted) {
        work->next = work->adopted;
        work->ledger.reset();
    }
    enqueue(*state, work);
}

// The stream has ended, or somebody else was faster. What is in the store under its keys goes with
// the stream, or is found by the next collection.
void Rotator::drop(WorkPtr const& work) {
    auto const stream = work->stream;
    stuck_.free(*stream);
    {
        auto state = state_.lock();
        ++work->life;
        work->ready.clear();
        auto const found = state->works.find(stream.get());
        if (found != state->works.end() && found->second == work) state->works.erase(found);
    }
    if (stream->life() != Life::ended) note(stream);
}

void Rotator::retry(Turn const& turn, Error const& error) {
    auto const& work = turn.work;
    counts_.faults.fetch_add(1, std::memory_order_relaxed);
    {
        auto state = state_.lock();
        if (state->stopping || work->life != turn.life) return;
        begin_anew(*work);
        enqueue_later(*state, work, work->backoff.next());
    }
    // What is wrong with one segment does not keep the others from the store.
    if (is_damage(error.fault)) return stuck_.tell(*work->stream, error, parts_.store.where());
    bool const was_well = !std::exchange(*sickness_.lock(), error.what).has_value();
    if (was_well)
        log_event(Level::error, "rotator.sick",
                  {{"store", parts_.store.where()},
                   {"stream", work->stream->name.full()},
                   {"error", error.what},
                   {"effect", "segments stay in the hot log and are tried again"}});
}

} // namespace ds
