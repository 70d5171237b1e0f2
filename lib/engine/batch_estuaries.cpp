// The part of a batch that estuaries ask for: who subscribes to what, and how long an estuary
// lives.
#include "engine/batch.h"
#include "engine/chains.h"

#include <algorithm>
#include <utility>

namespace ds {

namespace {

// Of one estuary: whoever looks at it is told of each.
constexpr std::size_t k_sources_max = 10'000;

std::int64_t end_ms_of(Stream const& estuary) {
    return count_ms(estuary.lifespan.ends().value_or(Millis{}));
}

} // namespace

bool Batch::must_wait(Ask& ask) {
    auto const owing = [&](StreamName const& name) -> FanoutSource* {
        auto const stream = find(name.full());
        auto* const source = stream ? shelf_.roster.source(*stream) : nullptr;
        return source != nullptr && source->is_owing() ? source : nullptr;
    };
    auto const* const removal = std::get_if<Remove>(&ask);
    auto const* const estuary = std::get_if<RemoveEstuary>(&ask);
    if (removal != nullptr || estuary != nullptr) {
        return owing(removal != nullptr ? removal->name : estuary->name) != nullptr;
    }
    auto* const leave = std::get_if<Unsubscribe>(&ask);
    if (leave == nullptr) return false;
    auto* const source = owing(leave->name);
    auto const stream = source != nullptr ? find(leave->estuary.full()) : nullptr;
    auto const* const mine = stream ? shelf_.roster.subscription(*source, *stream) : nullptr;
    if (mine == nullptr) return false;
    if (!leave->until) leave->until = end_of(*source->stream);
    auto const& debt = *source->debt;
    return std::max(mine->since, debt.position) < *leave->until;
}

std::shared_ptr<Stream> Batch::find_estuary(StreamName const& name) {
    auto stream = find(name.full());
    bool const there =
        stream && life_of(stream) == Life::live && shelf_.roster.estuary(*stream) != nullptr;
    return there ? stream : nullptr;
}

// Somebody uses it.
void Batch::renew(Stream& estuary) {
    estuary.lifespan.touch(now_);
    persist_touch(estuary);
}

std::optional<Refused> Batch::refusal_of(Subscribe const& ask,
                                         std::shared_ptr<Stream> const& source,
                                         std::shared_ptr<Stream> const& estuary) {
    auto& roster = shelf_.roster;
    auto const most = ask.estuaries_max;
    auto const there = roster.count_of(ask.estuary.project());
    if (!estuary) {
        if (there.estuaries >= most || there.subscriptions >= most * k_subscriptions_for_each)
            return Refused{.why = Refusal::too_many_estuaries};
        if (roster.estuary(*source) != nullptr && !chain_fits(roster, *source, nullptr, most))
            return Refused{.why = Refusal::estuary_chain};
        if (is_ending(ask.estuary.full())) return Refused{.why = Refusal::busy};
        if (!shelf_.stream_limit.has_room(ask.estuary.project()))
            return Refused{.why = Refusal::too_many_streams};
        return std::nullopt;
    }
    if (life_of(estuary) != Life::live) return Refused{.why = Refusal::name_soft_deleted};
    if (estuary == source) return Refused{.why = Refusal::estuary_cycle};
    if (roster.estuary(*estuary) == nullptr) return Refused{.why = Refusal::not_an_estuary};
    if (roster.feeds(*estuary, *source)) return Refused{.why = Refusal::estuary_cycle};
    bool const json_wanted = ask.form.mode == CopyMode::envelope;
    if (json_wanted ? !estuary->json
                    : !same_content_type(estuary->content_type(), source->content_type()))
        return Refused{.why = Refusal::content_type_mismatch};
    auto const& head = stage(estuary).head;
    if (head.closed) return Refused{.why = Refusal::stream_closed, .next = head.tail};
    auto* const known = roster.source(*source);
    if (known != nullptr && roster.subscription(*known, *estuary) != nullptr) return std::nullopt;
    if (there.subscriptions >= most * k_subscriptions_for_each ||
        roster.estuary(*estuary)->subscriptions.size() >= k_sources_max)
        return Refused{.why = Refusal::too_many_estuaries};
    bool const chained = roster.estuary(*source) != nullptr || roster.source(*estuary) != nullptr;
    if (chained && !chain_fits(roster, *source, estuary.get(), most))
        return Refused{.why = Refusal::estuary_chain};
    return std::nullopt;
}

std::shared_ptr<Stream> Batch::make_estuary(Subscribe const& ask, std::string_view content_type) {
    StreamRecord record;
    record.name = ask.estuary.full();
    record.content_type = content_type;
    record.lifetime = Ttl{ask.ttl};
    record.created_ms = record.touched_ms = count_ms(now_);
    auto stream = make_stream(record, ask.estuary, nullptr).stream;
    write([&](HotLog& log) { return log.estuaries().insert_estuary(stream->id); });
    shelf_.roster.add_estuary(stream);
    return stream;
}

Answer Batch::judge(Subscribe& ask) {
    auto const source = find(ask.name.full());
    if (!source) return Refused{.why = Refusal::stream_not_found};
    if (life_of(source) != Life::live) return Refused{.why = Refusal::stream_gone};
    auto estuary = find(ask.estuary.full());
    if (auto refused = refusal_of(ask, source, estuary)) return *std::move(refused);

    auto& roster = shelf_.roster;
    bool const is_new = !estuary;
    auto* const known = roster.source(*source);
    auto const* mine =
        known != nullptr && !is_new ? roster.subscription(*known, *estuary) : nullptr;
    if (mine != nullptr && mine->form != ask.form)
        return Refused{.why = Refusal::subscribed_otherwise};
    if (is_new)
        estuary = make_estuary(ask, ask.form.mode == CopyMode::envelope
                                        ? std::string_view("application/json")
                                        : std::string_view(source->content_type()));
    else
        renew(*estuary);
    if (mine == nullptr) {
        mine = &roster.subscribe(source, estuary, stage(source).head, ask.form);
        write([&](HotLog& log) {
            return log.estuaries().insert_subscription({source->id, mine->id, estuary->id,
                                                        mine->since, mine->since_at, mine->form,
                                                        std::nullopt, std::nullopt});
        });
    }
    return Subscribed{ask.name, ask.estuary, mine->since_at, end_ms_of(*estuary), is_new};
}

void Batch::drop_subscription(FanoutSource& source, std::int64_t id) {
    auto const of = source.stream->id;
    write([&](HotLog& log) { return log.estuaries().remove_subscription(of, id); });
    bool const owed = source.debt.has_value();
    owes_less_ = true;
    shelf_.roster.unsubscribe(source, id);
    if (owed && !source.debt) write([&](HotLog& log) { return log.estuaries().remove_fanout(of); });
}

void Batch::drop_subscriptions_of(Stream const& estuary) {
    // From the back, where nothing has to move up.
    auto const& all = shelf_.roster.estuary(estuary)->subscriptions;
    while (!all.empty()) {
        auto const [source, id] = all.back();
        drop_subscription(*source, id);
    }
}

// A stream that ends takes its subscriptions along, those to it and those of it.
void Batch::leave_roster(Stream const& stream) {
    auto& roster = shelf_.roster;
    if (roster.estuary(stream) != nullptr) {
        drop_subscriptions_of(stream);
        write([&](HotLog& log) { return log.estuaries().remove_estuary(stream.id); });
        roster.remove_estuary(stream);
    }
    auto const* const source = roster.source(stream);
    if (source == nullptr) return;
    if (source->debt) write([&](HotLog& log) { return log.estuaries().remove_fanout(stream.id); });
    write([&](HotLog& log) { return log.estuaries().remove_subscriptions_to(stream.id); });
    roster.remove_source(stream);
    owes_less_ = true;
}

Answer Batch::judge(Unsubscribe& ask) {
    auto const stream = find(ask.name.full());
    auto const estuary = find(ask.estuary.full());
    auto* const source = stream && estuary ? shelf_.roster.source(*stream) : nullptr;
    auto const* const mine =
        source != nullptr ? shelf_.roster.subscription(*source, *estuary) : nullptr;
    if (mine != nullptr) drop_subscription(*source, mine->id);
    return Unsubscribed{ask.name, ask.estuary};
}

Answer Batch::judge(TouchEstuary& ask) {
    auto const estuary = find_estuary(ask.name);
    if (!estuary) return Refused{.why = Refusal::estuary_not_found};
    renew(*estuary);
    return Touched{ask.name, end_ms_of(*estuary)};
}

Answer Batch::judge(LookAtEstuary& ask) {
    auto const estuary = find_estuary(ask.name);
    if (!estuary) return Refused{.why = Refusal::estuary_not_found};
    EstuaryFacts facts{ask.name, estuary->content_type(), end_ms_of(*estuary), {}};
    for (auto const& [source, id] : shelf_.roster.estuary(*estuary)->subscriptions) {
        auto const& mine = source->find(id);
        facts.subscriptions.push_back(
            {source->stream->name, mine.form, mine.since_at, mine.acknowledged, mine.missed});
    }
    return facts;
}

Answer Batch::judge(ListEstuaries& ask) {
    EstuariesListed listed;
    shelf_.roster.each_estuary([&](Roster::Estuary const& one) {
        auto const& stream = *one.stream;
        if (stream.name.project() != ask.name.project() || stream.name.stream() <= ask.after)
            return;
        if (life_of(one.stream) != Life::live || stream.lifespan.has_ended(now_)) return;
        listed.estuaries.push_back(
            {stream.name, stream.content_type(), end_ms_of(stream), one.subscriptions.size()});
    });
    auto& all = listed.estuaries;
    listed.more = all.size() > k_estuaries_listed_max;
    auto const count = std::min(all.size(), k_estuaries_listed_max);
    using Estuary = EstuariesListed::Estuary;
    std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(count), {},
                              [](Estuary const& one) { return one.name.stream(); });
    all.resize(count);
    return listed;
}

Answer Batch::judge(RemoveEstuary& ask) {
    auto const stream = find(ask.name.full());
    if (!stream || life_of(stream) != Life::live) return EstuaryRemoved{ask.name};
    if (shelf_.roster.estuary(*stream) == nullptr) return Refused{.why = Refusal::not_an_estuary};
    if (auto* const source = shelf_.roster.source(*stream)) source->ends = false;
    end(stream);
    return EstuaryRemoved{ask.name};
}

Answer Batch::judge(Acknowledge& ask) {
    auto const estuary = find_estuary(ask.name);
    if (!estuary) return Refused{.why = Refusal::estuary_not_found};
    // What is not subscribed (any more) is passed over. Nothing moves if something cannot be.
    struct Move {
        FanoutSource* source;
        Subscription* subscription;
        Offset to;
    };
    std::vector<Move> moves;
    for (auto const& [name, offset] : ask.pointers) {
        auto const stream = find(name.full());
        auto* const source = stream ? shelf_.roster.source(*stream) : nullptr;
        auto* const mine =
            source != nullptr ? shelf_.roster.subscription(*source, *estuary) : nullptr;
        if (mine == nullptr) continue;
        auto const place = stream->resolve(offset);
        auto const* const refusal = std::get_if<Refusal>(&place);
        if (refusal != nullptr && *refusal != Refusal::offset_trimmed)
            return Refused{.why = *refusal};
        if (refusal == nullptr) moves.push_back({source, mine, offset});
    }
    for (auto const& move : moves) {
        auto& mine = *move.subscription;
        if (mine.acknowledged && *mine.acknowledged >= move.to) continue;
        shelf_.roster.acknowledge(mine, *move.source, move.to);
        write([&](HotLog& log) {
            return log.estuaries().set_acknowledged(move.source->stream->id, mine.id, move.to);
        });
    }
    renew(*estuary);
    LookAtEstuary look{ask.name};
    return judge(look);
}

} // namespace ds
