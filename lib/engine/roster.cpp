// Changes that can be taken back, and turns.
#include "engine/roster.h"

#include "base/ensure.h"

#include <algorithm>
#include <unordered_set>

namespace ds {

FanoutSource* Roster::source(Stream const& stream) {
    if (sources_.empty()) return nullptr;
    auto const found = sources_.find(stream.id);
    return found == sources_.end() ? nullptr : found->second.get();
}

Roster::Estuary* Roster::estuary(Stream const& stream) {
    if (estuaries_.empty()) return nullptr;
    auto const found = estuaries_.find(stream.id);
    return found == estuaries_.end() ? nullptr : &found->second;
}

Subscription* Roster::subscription(FanoutSource& source, Stream const& estuary) {
    auto const* const known = this->estuary(estuary);
    if (known == nullptr) return nullptr;
    // Looked for where there are fewer.
    if (source.subscriptions.size() < known->subscriptions.size()) {
        auto const mine =
            std::ranges::find(source.subscriptions, &estuary,
                              [](Subscription const& one) { return one.estuary.get(); });
        return mine == source.subscriptions.end() ? nullptr : &*mine;
    }
    auto const mine = std::ranges::find(known->subscriptions, &source,
                                        &std::pair<FanoutSource*, std::int64_t>::first);
    return mine == known->subscriptions.end() ? nullptr : &source.find(mine->second);
}

Roster::Count Roster::count_of(std::string_view project) const {
    auto const found = of_projects_.find(project);
    return found == of_projects_.end() ? Count{} : found->second;
}

void Roster::count(Stream const& estuary, std::uint64_t Count::*which, std::int64_t change) {
    auto const project = estuary.name.project();
    auto found = of_projects_.find(project);
    if (found == of_projects_.end()) found = of_projects_.emplace(project, Count{}).first;
    auto& all = found->second;
    all.*which += static_cast<std::uint64_t>(change);
    if (all.estuaries == 0 && all.subscriptions == 0) of_projects_.erase(found);
}

bool Roster::feeds(Stream const& stream, Stream const& other) {
    // Against the current: an estuary has few sources, but a source may have any number of
    // estuaries.
    std::unordered_set<std::int64_t> seen{other.id};
    std::vector<std::int64_t> to_look_at{other.id};
    while (!to_look_at.empty()) {
        auto const id = to_look_at.back();
        to_look_at.pop_back();
        if (id == stream.id) return true;
        auto const found = estuaries_.find(id);
        if (found == estuaries_.end()) continue;
        for (auto const& [source, subscription] : found->second.subscriptions)
            if (seen.insert(source->stream->id).second) to_look_at.push_back(source->stream->id);
    }
    return false;
}

FanoutSource& Roster::source_to_change(std::shared_ptr<Stream> const& stream) {
    auto& source = sources_[stream->id];
    if (!source) {
        source = std::make_shared<FanoutSource>();
        source->stream = stream;
    }
    return *source;
}

void Roster::insert(FanoutSource& source, Subscription subscription) {
    auto& all = source.subscriptions;
    auto& estuary = estuaries_.at(subscription.estuary->id);
    std::pair<FanoutSource*, std::int64_t> const entry{&source, subscription.id};
    auto const by_id = &std::pair<FanoutSource*, std::int64_t>::second;
    estuary.subscriptions.insert(
        std::ranges::lower_bound(estuary.subscriptions, subscription.id, {}, by_id), entry);
    all.insert(std::ranges::lower_bound(all, subscription.id, {}, &Subscription::id),
               std::move(subscription));
    ++tally_.subscriptions;
    count(*estuary.stream, &Count::subscriptions, 1);
}

Subscription Roster::erase(FanoutSource& source, std::int64_t id) {
    auto& all = source.subscriptions;
    auto const found = std::ranges::lower_bound(all, id, {}, &Subscription::id);
    ENSURE(found != all.end() && found->id == id);
    auto gone = std::move(*found);
    all.erase(found);
    auto& of_estuary = estuaries_.at(gone.estuary->id).subscriptions;
    auto const entry = std::ranges::lower_bound(of_estuary, id, {},
                                                &std::pair<FanoutSource*, std::int64_t>::second);
    ENSURE(entry != of_estuary.end() && entry->second == id);
    of_estuary.erase(entry);
    --tally_.subscriptions;
    count(*gone.estuary, &Count::subscriptions, -1);
    return gone;
}

void Roster::add_estuary(std::shared_ptr<Stream> const& stream) {
    estuaries_[stream->id].stream = stream;
    ++tally_.estuaries;
    count(*stream, &Count::estuaries, 1);
    undo_.emplace_back([this, stream] {
        estuaries_.erase(stream->id);
        --tally_.estuaries;
        count(*stream, &Count::estuaries, -1);
    });
}

void Roster::remove_estuary(Stream const& stream) {
    auto const found = estuaries_.find(stream.id);
    ENSURE(found != estuaries_.end() && found->second.subscriptions.empty());
    undo_.emplace_back([this, kept = found->second.stream] {
        estuaries_[kept->id].stream = kept;
        ++tally_.estuaries;
        count(*kept, &Count::estuaries, 1);
    });
    estuaries_.erase(found);
    --tally_.estuaries;
    count(stream, &Count::estuaries, -1);
}

Subscription& Roster::subscribe(std::shared_ptr<Stream> const& source,
                                std::shared_ptr<Stream> const& estuary, Head const& since,
                                CopyForm form) {
    auto& of = source_to_change(source);
    auto const id = ++last_id_;
    insert(of, {id, estuary, since.end, since.tail, form, std::nullopt});
    undo_.emplace_back([this, &of, id] { erase(of, id); });
    return of.subscriptions.back();
}

void Roster::unsubscribe(FanoutSource& source, std::int64_t id) {
    auto gone = std::make_shared<Subscription>(erase(source, id));
    undo_.emplace_back([this, &source, gone] { insert(source, std::move(*gone)); });
    // Nobody is left who could be owed anything.
    if (source.subscriptions.empty() && source.debt) set_debt(source, std::nullopt);
}

void Roster::remove_source(Stream const& stream) {
    auto const found = sources_.find(stream.id);
    if (found == sources_.end()) return;
    auto const source = found->second;
    set_debt(*source, std::nullopt);
    while (!source->subscriptions.empty())
        unsubscribe(*source, source->subscriptions.back().id);
    undo_.emplace_back([this, source] { sources_[source->stream->id] = source; });
    sources_.erase(found);
}

void Roster::acknowledge(Subscription& subscription, FanoutSource const& source, Offset offset) {
    undo_.emplace_back([this, &source, id = subscription.id, before = subscription.acknowledged] {
        sources_.at(source.stream->id)->find(id).acknowledged = before;
    });
    subscription.acknowledged = offset;
}

void Roster::miss(Subscription& subscription, FanoutSource const& source, Offset before) {
    undo_.emplace_back([this, &source, id = subscription.id, old = subscription.missed] {
        sources_.at(source.stream->id)->find(id).missed = old;
    });
    subscription.missed = before;
}

void Roster::change_debt(FanoutSource& source, std::optional<FanoutSource::Debt> const& debt) {
    tally_.behind += debt.has_value() - source.debt.has_value();
    tally_.owed += (debt ? debt->rows : 0) - (source.debt ? source.debt->rows : 0);
    auto const is_aside = [](std::optional<FanoutSource::Debt> const& owed) {
        return owed && !owed->aside.empty();
    };
    tally_.aside += is_aside(debt) - is_aside(source.debt);
    bool const begins = debt && !is_aside(debt) && (!source.debt || is_aside(source.debt));
    source.debt = debt;
    if (begins) turns().give(source);
}

void Roster::set_debt(FanoutSource& source, std::optional<FanoutSource::Debt> debt) {
    undo_.emplace_back([this, &source, before = source.debt] { change_debt(source, before); });
    auto const now = std::move(debt);
    change_debt(source, now);
}

void Roster::note_failed(std::vector<std::int64_t> const& sources, Millis now) {
    for (auto const id : sources) {
        auto const found = sources_.find(id);
        if (found == sources_.end()) continue;
        auto& source = *found->second;
        if (++source.failures == k_circuit_failures) ++tally_.open;
        turns().pause(source, now + (source.circuit_is_open() ? k_circuit_pause : k_fanout_retry));
    }
    if (counts_ != nullptr) FanoutCounts::add(counts_->failures, sources.size());
    tell_counts();
}

void Roster::note_made(std::vector<std::int64_t> const& sources) {
    for (auto const id : sources) {
        auto const found = sources_.find(id);
        if (found == sources_.end()) continue;
        if (found->second->circuit_is_open()) --tally_.open;
        found->second->failures = 0;
    }
    tell_counts();
}

void Roster::count_in(FanoutCounts& counts) {
    counts_ = &counts;
    tell_counts();
}

void Roster::tell_counts() {
    if (counts_ == nullptr) return;
    auto const tell = [&](FanoutCounts::Count& count, std::uint64_t Tally::*which) {
        FanoutCounts::add(count, tally_.*which - told_.*which);
    };
    tell(counts_->estuaries, &Tally::estuaries);
    tell(counts_->subscriptions, &Tally::subscriptions);
    tell(counts_->sources_behind, &Tally::behind);
    tell(counts_->appends_owed, &Tally::owed);
    tell(counts_->circuits_open, &Tally::open);
    tell(counts_->set_aside, &Tally::aside);
    told_ = tally_;
}

void Roster::keep() {
    if (undo_.empty()) return;
    undo_.clear();
    tell_counts();
}

void Roster::undo() {
    for (; !undo_.empty(); undo_.pop_back())
        undo_.back()();
}

void Roster::recover(std::shared_ptr<Stream> const& source, std::shared_ptr<Stream> const& estuary,
                     SubscriptionRecord const& record) {
    insert(source_to_change(source), {record.id, estuary, record.since, record.since_at,
                                      record.form, record.acknowledged, record.missed});
    last_id_ = std::max(last_id_, record.id);
}

} // namespace ds
