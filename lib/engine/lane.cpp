// The lane's thread: gather, settle, deliver.
#include "engine/lane.h"

#include "base/log.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

namespace ds {

namespace {

// Asks that may wait for a lane at once, and the bytes they may hold. Beyond, the answer is "busy".
constexpr std::size_t k_inbox_asks_max = 16 * k_kib;
constexpr std::size_t k_inbox_bytes_max = 256 * k_mib;
// Rows of dead streams removed along with a batch, and by an idle lane at a time.
constexpr std::size_t k_sweep_busy = 64; // or twice what the batch brings, so that it keeps up
constexpr std::size_t k_sweep_idle = 256;
// Who is quiet for so long is idle: a commit that nobody waits for must not be in the way of one.
constexpr std::chrono::milliseconds k_sweep_pause{2};
// Streams whose lifetime is looked at along with a batch: a million may end in the same second.
constexpr int k_due_max = 256;
// A stream that is deleted leaves its deadline behind: none is set further ahead than this.
constexpr std::chrono::hours k_deadline_max{1};
// Space of the database that stays for what comes next, and what is given back at a time.
constexpr std::int64_t k_unused_kept{16 * k_mib};
constexpr std::int64_t k_shrink_step{1 * k_mib};
constexpr std::chrono::milliseconds k_shrink_pause{20};
// Copies along with a batch of asks, and at a time while nobody asks.
constexpr Batch::Portion k_copies_busy{32, 1 * k_mib};
constexpr Batch::Portion k_copies_idle{1024, 16 * k_mib};
// Who has just had an answer may have the next question on the way.
constexpr std::chrono::microseconds k_copies_pause{1000};
// Asks that may wait until copies have been made.
constexpr std::size_t k_waiting_max = 4096;
// How often a sick lane tries to write, and how often an attached reader's lifetime is looked at.
constexpr std::chrono::seconds k_retry{1};

std::size_t weight_of(Ask const& ask) {
    if (auto const* append = std::get_if<Append>(&ask))
        return append->messages ? append->messages->stored.size() : 0;
    if (auto const* create = std::get_if<Create>(&ask)) return create->body.size();
    if (auto const* acks = std::get_if<Acknowledge>(&ask))
        return acks->pointers.size() * sizeof(Acknowledge::Pointer);
    return 0;
}

} // namespace

Lane::Lane(Settings settings, Shelf shelf, Clock const& clock, CourierTable const& couriers,
           Recovered const& recovered)
    : settings_(std::move(settings)),
      shelf_(std::move(shelf)),
      clock_(clock),
      couriers_(couriers),
      inbox_(k_inbox_asks_max) {
    for (auto const& stream : recovered.mortal) {
        stream->lifespan.grant_grace(clock_.now());
        schedule(stream, clock_.now());
    }
    for (auto const& open : recovered.open)
        note_aging(open.stream, open.segment, from_count_ms(open.opened_ms));
    std::ranges::stable_sort(aging_, {}, &Aging::at);
    thread_ = std::thread([this] {
        auto const name = "ds-lane-" + std::to_string(settings_.number);
        pthread_setname_np(pthread_self(), name.c_str());
        run();
    });
}

Lane::~Lane() {
    stop();
}

void Lane::stop() {
    inbox_.close();
    if (thread_.joinable()) thread_.join();
}

bool Lane::submit(Ask& ask, ReplyTo reply_to) {
    auto const bytes = weight_of(ask);
    if (queued_bytes_.load(std::memory_order_relaxed) + bytes > k_inbox_bytes_max) return false;
    queued_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    Mail mail{std::move(ask), reply_to, bytes};
    if (inbox_.put(mail)) return true;
    queued_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    ask = std::get<Ask>(std::move(mail.work));
    return false;
}

void Lane::persist_touch(std::shared_ptr<Stream> const& stream) {
    Mail mail{stream, {}, 0};
    if (!inbox_.put(mail)) stream->lifespan.touch_not_persisted();
}

bool Lane::submit(Chore& chore) {
    Mail mail{std::move(chore), {}, 0};
    if (inbox_.put(mail)) return true;
    chore = std::get<Chore>(std::move(mail.work));
    return false;
}

std::chrono::steady_clock::time_point Lane::wake_at() const {
    auto const now = std::chrono::steady_clock::now();
    if (sick_) return now + k_retry;
    if (call_back_ && !waiting_.empty()) return now;
    auto const turn = shelf_.roster.next_turn_at(clock_.now());
    if (turn && *turn <= clock_.now()) return std::max(now, asked_at_ + k_copies_pause);
    if (!shelf_.garbage.empty() || shelf_.payloads.has_unused()) return now + k_sweep_pause;
    if (space_to_give_back_) return now + k_shrink_pause;
    auto due = Millis::max();
    if (!deadlines_.empty()) due = deadlines_.top().at;
    if (!aging_.empty()) due = std::min(due, aging_.front().at);
    if (turn) due = std::min(due, *turn);
    // A log that somebody reads in is looked at now and then.
    std::chrono::milliseconds const longest =
        shelf_.log.held_bytes() > 0 ? k_retry : std::chrono::seconds(std::chrono::hours(1));
    if (due == Millis::max()) return now + longest;
    return now + std::clamp<std::chrono::milliseconds>(due - clock_.now(),
                                                       std::chrono::milliseconds(1), longest);
}

void Lane::run() {
    std::vector<Mail> mail;
    while (inbox_.take_all(mail, wake_at())) {
        at_leisure_ = mail.empty();
        call_back(mail);
        std::size_t next = 0;
        do
            next = settle(mail, next);
        while (next < mail.size());
        mail.clear();
    }
    send_away();
    auto const copied = shelf_.log.checkpoint();
    if (!copied) log_event(Level::warn, "lane.checkpoint_failed", {{"error", copied.error().what}});
}

void Lane::call_back(std::vector<Mail>& mail) {
    if (!std::exchange(call_back_, false)) return;
    for (auto& letter : std::exchange(waiting_, {}))
        mail.push_back(std::move(letter));
}

// What was asked has not happened; it is asked again after the next start.
void Lane::send_away() {
    for (auto const& letter : waiting_) {
        Parcel parcel;
        parcel.answers.push_back({letter.reply_to.ticket, Refused{.why = Refusal::draining}});
        if (letter.reply_to.courier != nullptr) letter.reply_to.courier->deliver(std::move(parcel));
    }
    waiting_.clear();
}

// Half of the work may have been staged when memory ends: then nothing of the batch may happen.
template <class Work>
bool Lane::with_memory(Batch& batch, Work const& work) {
    try {
        work();
        return true;
    } catch (std::bad_alloc const&) {
        starved_ = true;
        batch.fail(Error{Fault::busy, "there was no memory for a batch"});
        return false;
    }
}

bool Lane::copy_at_leisure(Batch& batch, std::vector<Mail>& mail) {
    if (sick_ || std::chrono::steady_clock::now() < asked_at_ + k_copies_pause) return false;
    with_memory(batch, [&] {
        batch.fan_out(k_copies_idle, FanoutTurns::Failing::too, [&] { return inbox_.size() > 0; });
    });
    if (batch.is_trial()) return false; // whoever asks is not to fail with it
    std::vector<Mail> arrived;
    // False when the lane is to end: the next look at the inbox says so again.
    static_cast<void>(inbox_.take_all(arrived, {}));
    std::ranges::move(arrived, std::back_inserter(mail));
    return !arrived.empty();
}

// What is to end takes in nothing more, so that its copies come to an end.
void Lane::hold_appends(Ask const& ask) {
    auto const* const removal = std::get_if<Remove>(&ask);
    auto const* const estuary = std::get_if<RemoveEstuary>(&ask);
    if (removal == nullptr && estuary == nullptr) return;
    auto const& name = removal != nullptr ? removal->name : estuary->name;
    auto const stream = shelf_.catalog.find(name.full());
    if (auto* const source = stream ? shelf_.roster.source(*stream) : nullptr) source->ends = true;
}

Answer Lane::take(Batch& batch, Mail& letter) {
    if (auto* ask = std::get_if<Ask>(&letter.work)) {
        queued_bytes_.fetch_sub(std::exchange(letter.bytes, 0), std::memory_order_relaxed);
        if (batch.must_wait(*ask)) {
            if (waiting_.size() >= k_waiting_max) return Refused{.why = Refusal::busy};
            hold_appends(*ask);
            waiting_.push_back({std::move(*ask), std::exchange(letter.reply_to, {}), 0});
            return Removed{}; // nobody is told
        }
        auto const& look_up = settings_.listener.look_up;
        if (!look_up || !batch.must_look_up(*ask)) return batch.apply(std::move(*ask));
        look_up(std::move(*ask), std::exchange(letter.reply_to, {}));
        return Removed{}; // nobody is told
    }
    if (auto* chore = std::get_if<Chore>(&letter.work))
        return batch.apply(*chore) ? Answer(Removed{}) : Answer(Refused{.why = Refusal::busy});
    batch.persist_touch(*std::get<std::shared_ptr<Stream>>(letter.work));
    return Removed{}; // nobody reads it
}

std::size_t Lane::settle(std::vector<Mail>& mail, std::size_t from) {
    auto const now = clock_.now();
    shelf_.roster.turns().end_pauses(now);
    Batch batch(shelf_, now);
    bool const idle = mail.empty();
    if (!sick_ && idle) batch.sweep(k_sweep_idle, Garbage::When::idle);
    if (!sick_ && !idle)
        batch.sweep(std::max(k_sweep_busy, 2 * (mail.size() - from)), Garbage::When::busy);
    bool const at_leisure = std::exchange(at_leisure_, false);
    bool const asked = at_leisure ? copy_at_leisure(batch, mail) : true;
    std::vector<Answer> answers;
    answers.reserve(mail.size() - from);
    auto next = from;
    // A row that cannot be written is to take nobody else along.
    bool const apart = now < apart_until_;
    for (; next < mail.size() && !(apart && next > from); ++next) {
        auto& letter = mail[next];
        auto const* ask = std::get_if<Ask>(&letter.work);
        if (ask != nullptr && batch.must_settle_before(*ask)) break;
        if (!with_memory(batch, [&] { answers.push_back(take(batch, letter)); }))
            answers.emplace_back(Refused{.why = Refusal::busy});
    }
    if (!at_leisure && !sick_ && !apart)
        with_memory(batch, [&] {
            batch.fan_out(k_copies_busy, FanoutTurns::Failing::skipped, [] { return false; });
        });
    take_due(batch, now);
    seal_aged(batch, now);

    bool const wrote = batch.wrote();
    auto committed = batch.commit();
    Batch::Outcome outcome;
    if (committed) {
        outcome = batch.adopt();
        look_after(outcome, now);
        call_back_ = call_back_ || batch.may_go_on();
        if (wrote) note_success();
    } else {
        auto const why = note_fault(committed.error(), now);
        call_back_ = true; // what is owed may be otherwise now
        for (auto& answer : answers)
            answer = Refused{.why = why};
        for (auto i = from; i < next; ++i)
            if (auto const* touched = std::get_if<std::shared_ptr<Stream>>(&mail[i].work))
                (*touched)->lifespan.touch_not_persisted();
    }
    // A sick lane that nobody writes to tries for itself.
    if (sick_ && !wrote) {
        auto const probed = shelf_.log.probe();
        if (probed) note_success();
    }
    settle_chores(mail, from, answers, committed.has_value());
    deliver(mail, from, answers, outcome.advances);
    if (asked) asked_at_ = std::chrono::steady_clock::now();
    // Everybody has been answered: now there is time for the log.
    if (committed) tend_log();
    if (mail.empty() && !sick_ && shelf_.garbage.empty()) give_back_space();
    return next;
}

void Lane::settle_chores(std::vector<Mail>& mail, std::size_t from,
                         std::vector<Answer> const& answers, bool committed) {
    for (std::size_t i = 0; i < answers.size(); ++i) {
        auto* const chore = std::get_if<Chore>(&mail[from + i].work);
        if (chore == nullptr || !chore->settled) continue;
        bool const done = std::holds_alternative<Removed>(answers[i]);
        chore->settled(!committed ? Chore::Outcome::failed
                       : done     ? Chore::Outcome::done
                                  : Chore::Outcome::refused);
    }
}

void Lane::look_after(Batch::Outcome const& outcome, Millis now) {
    space_to_give_back_ = space_to_give_back_ || !shelf_.garbage.empty();
    for (auto const& stream : outcome.created) {
        schedule(stream, now);
        if (settings_.listener.created) settings_.listener.created(stream);
    }
    for (auto const& [stream, segment] : outcome.opened)
        note_aging(stream, segment, now);
    auto const& listener = settings_.listener;
    for (auto const& [stream, bytes] : outcome.sealed)
        if (listener.sealed) listener.sealed(stream, bytes);
    for (auto const& stream : outcome.gone)
        if (listener.gone) listener.gone(stream);
}

void Lane::note_aging(std::shared_ptr<Stream> const& stream, std::uint64_t segment, Millis opened) {
    if (settings_.segment_age.count() == 0) return;
    aging_.push_back({opened + settings_.segment_age, stream, segment});
}

void Lane::seal_aged(Batch& batch, Millis now) {
    for (int looked = 0; looked < k_due_max; ++looked) {
        if (aging_.empty() || aging_.front().at > now) return;
        auto const aged = std::move(aging_.front());
        aging_.pop_front();
        auto const stream = aged.stream.lock();
        if (!stream) continue;
        Chore seal{SealSegment{stream, aged.segment}, {}};
        // The commit may fail: then it is tried again.
        if (batch.apply(seal)) aging_.push_back({now + k_retry, stream, aged.segment});
    }
}

// Little at a time, while nobody waits.
void Lane::give_back_space() {
    auto const unused = shelf_.log.unused_bytes();
    space_to_give_back_ = unused && *unused > k_unused_kept;
    auto const given = space_to_give_back_ ? shelf_.log.shrink(k_shrink_step) : Result<void>();
    if (!given) log_event(Level::warn, "lane.shrink_failed", {{"error", given.error().what}});
}

void Lane::deliver(std::vector<Mail> const& mail, std::size_t from, std::vector<Answer>& answers,
                   std::vector<Batch::Adopted> const& adopted) {
    std::array<Parcel, k_couriers_max> parcels;
    std::uint64_t addressed = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        auto const& reply_to = mail[from + i].reply_to;
        if (reply_to.courier == nullptr) continue;
        auto const number = reply_to.courier->number();
        parcels[number].answers.push_back({reply_to.ticket, std::move(answers[i])});
        addressed |= std::uint64_t{1} << number;
    }
    for (auto const& [advance, couriers] : adopted) {
        addressed |= couriers;
        for (unsigned number = 0; number < k_couriers_max; ++number)
            if ((couriers >> number & 1) != 0) parcels[number].advances.push_back(advance);
    }
    for (unsigned number = 0; number < k_couriers_max; ++number)
        if ((addressed >> number & 1) != 0)
            couriers_.at(number)->deliver(std::move(parcels[number]));
}

void Lane::schedule(std::shared_ptr<Stream> const& stream, Millis now) {
    auto const end = stream->lifespan.ends();
    if (!end) return;
    deadlines_.push({std::clamp<Millis>(*end, now, now + k_deadline_max), stream});
}

void Lane::take_due(Batch& batch, Millis now) {
    for (int looked = 0; looked < k_due_max; ++looked) {
        if (deadlines_.empty() || deadlines_.top().at > now) return;
        auto const stream = deadlines_.top().stream.lock();
        deadlines_.pop();
        if (!stream || stream->life() != Life::live) continue;
        if (stream->lifespan.has_ended(now)) {
            batch.expire(stream);
        } else if (stream->lifespan.ends() <= now) {
            // A reader is attached: the window begins anew, also after a crash.
            stream->lifespan.touch(now);
            batch.persist_touch(*stream);
        }
        // Scheduled again in any case: the commit may fail, the lifetime may have been renewed.
        auto const again = std::clamp<Millis>(stream->lifespan.ends().value_or(now), now + k_retry,
                                              now + k_deadline_max);
        deadlines_.push({again, stream});
    }
}

} // namespace ds
