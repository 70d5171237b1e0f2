// Staging, writing and adopting a batch.
#include "engine/batch.h"

#include "base/ensure.h"
#include "model/content.h"
#include "model/precondition.h"

#include <algorithm>
#include <utility>

namespace ds {

Batch::~Batch() {
    if (began_) shelf_.log.rollback();
    forget_staged();
}

void Batch::forget_staged() {
    for (auto& staged : staged_)
        staged.stream->staged = nullptr;
    staged_.clear();
    shelf_.stream_limit.undo(); // nothing, if the batch was adopted
    shelf_.roster.undo();
    shelf_.payloads.undo();
}

bool Batch::must_settle_before(Ask const& ask) {
    auto const* create = std::get_if<Create>(&ask);
    if (create == nullptr || !create->fork || staged_.empty()) return false;
    // Another project may be another lane's, whose streams are not ours to look at; it is refused.
    if (create->fork->source.project() != create->name.project()) return false;
    auto const source = find(create->fork->source.full());
    auto const* mine = source ? static_cast<Staged*>(source->staged) : nullptr;
    return mine != nullptr && (!mine->rows.empty() || mine->trim);
}

bool Batch::must_look_up(Ask const& ask) {
    auto const* create = std::get_if<Create>(&ask);
    if (create == nullptr || !create->fork || !create->fork->at) return false;
    if (create->fork->source.project() != create->name.project()) return false;
    auto const source = find(create->fork->source.full());
    if (!source || find(create->name.full())) return false;
    auto const place = source->resolve(*create->fork->at);
    auto const* position = std::get_if<std::uint64_t>(&place);
    auto const& known = create->fork->looked_up;
    if (position == nullptr || !source->in_segment(*position)) return false;
    return !known || known->stream != source->id || known->position != *position;
}

Answer Batch::apply(Ask ask) {
    return std::visit([&](auto& asked) { return judge(asked); }, ask);
}

bool Batch::is_ending(std::string const& full_name) {
    auto const here = names_.find(full_name);
    auto const stream = here != names_.end() ? here->second : shelf_.catalog.find(full_name);
    return stream && life_of(stream) == Life::live && stream->lifespan.has_ended(now_);
}

Batch::Staged& Batch::stage(std::shared_ptr<Stream> const& stream) {
    auto& mine = stream->staged;
    if (mine == nullptr) {
        auto& fresh = staged_.emplace_back();
        fresh.stream = stream;
        fresh.before = fresh.head = stream->head();
        fresh.life = stream->life();
        mine = &fresh;
    }
    return *static_cast<Staged*>(mine);
}

Life Batch::life_of(std::shared_ptr<Stream> const& stream) {
    auto const* mine = static_cast<Staged*>(stream->staged);
    return mine != nullptr ? mine->life : stream->life();
}

std::shared_ptr<Stream> Batch::find(std::string const& full_name) {
    auto const here = names_.find(full_name);
    auto stream = here != names_.end() ? here->second : shelf_.catalog.find(full_name);
    // Expiry is noticed at access: whoever comes first ends the stream.
    if (stream && life_of(stream) == Life::live && stream->lifespan.has_ended(now_)) {
        auto const* const source = shelf_.roster.source(*stream);
        if (source != nullptr && source->is_owing()) return nullptr; // the lane comes back to it
        end(stream);
        return life_of(stream) == Life::ended ? nullptr : stream;
    }
    return stream;
}

std::optional<ProducerMark> Batch::known(Staged& staged, std::string const& id) const {
    auto const here = staged.producers.find(id);
    if (here != staged.producers.end()) return here->second;
    auto const& producers = staged.stream->writers().producers;
    auto const found = producers.find(id);
    if (found == producers.end()) return std::nullopt;
    // A producer that was silent for too long is forgotten, so that the table cannot grow for ever.
    auto const remembered = remembered_for(id, shelf_.producer_retention);
    if (found->second.last_ms + remembered.count() < count_ms(now_)) return std::nullopt;
    return found->second.mark;
}

void Batch::write_row(Staged& staged, Messages& messages, bool close,
                      std::optional<ProducerClaim>& producer,
                      std::optional<std::string>& stream_seq, Kept kept) {
    auto const& stream = *staged.stream;
    auto row = std::make_shared<Row>();
    row->seq = seq_++;
    row->start = staged.head.end;
    row->count = messages.count;
    row->length = stream.json ? messages.count : messages.stored.size();
    row->time_ms = count_ms(now_);
    row->body = std::move(messages.stored);
    row->lengths = std::move(messages.lengths);
    row->shares_body = kept.shares_body;

    auto grown = grow(staged.head, {row->length, row->count, row->body.size()}, shelf_.limits);
    grown.head.closed = close;

    BlockHead head;
    head.at = staged.last_row_at = staged.head.tail;
    head.start = row->start;
    head.ordinal = staged.head.ordinal;
    head.count = row->count;
    head.time_ms = row->time_ms;
    head.lengths = row->lengths;
    head.closes = close;
    head.fills_segment = grown.fills_segment;
    head.producer = producer;
    head.stream_seq = stream_seq;
    head_bytes_.clear();
    encode_block_head(head_bytes_, head);
    write_body(*row, stream.id, kept);

    if (close && producer) staged.closer = producer;
    if (producer) staged.producers[std::move(producer->id)] = producer->mark;
    if (stream_seq) staged.stream_seq = std::move(stream_seq);
    staged.head = grown.head;
    staged.places.push_back(
        {row->start, row->seq, static_cast<std::uint32_t>(row->body.size()), row->count});
    if (grown.fills_segment)
        staged.segments.push_back({grown.head.end, SegmentStarts::Sealed::full});
    staged.rows.push_back(std::move(row));
}

std::optional<Refused> Batch::failed_condition(Precondition const* condition,
                                               std::shared_ptr<Stream> const& stream) {
    if (condition == nullptr) return std::nullopt;
    if (!stream) {
        if (holds(*condition, std::nullopt)) return std::nullopt;
        return Refused{.why = Refusal::precondition_failed,
                       .detail = "there is no such stream to match"};
    }
    auto const& head = stage(stream).head;
    EndOfStream const state{static_cast<std::uint64_t>(stream->id), head.end, head.closed,
                            head.tail};
    if (holds(*condition, state)) return std::nullopt;
    return Refused{.why = Refusal::precondition_failed, .next = head.tail};
}

Answer Batch::judge(Append& ask) {
    auto const stream = find(ask.name.full());
    if (!stream) return Refused{.why = Refusal::stream_not_found};
    if (life_of(stream) != Life::live) return Refused{.why = Refusal::stream_gone};

    auto& staged = stage(stream);
    auto const& writers = stream->writers();
    auto const mark = ask.producer ? known(staged, ask.producer->id) : std::nullopt;
    AppendContext const context{stream->content_type(), staged.head, mark,
                                staged.closer ? staged.closer : writers.closer,
                                staged.stream_seq ? staged.stream_seq : writers.stream_seq};
    auto verdict = judge_append(context, ask);
    // What is refused anyway is, and what was done already is not done again.
    bool const acts =
        !std::holds_alternative<Refused>(verdict) && !std::holds_alternative<Duplicate>(verdict);
    if (acts)
        if (auto failed = failed_condition(ask.condition.get(), stream)) return *std::move(failed);
    // Whoever may write renews the lifetime, also with a retry or a close of what is closed.
    if (!std::holds_alternative<Refused>(verdict)) stream->lifespan.touch(now_);
    if (auto* refused = std::get_if<Refused>(&verdict)) return std::move(*refused);
    if (auto* duplicate = std::get_if<Duplicate>(&verdict)) {
        if (ask.publishes) duplicate->fanout.emplace();
        return *duplicate;
    }
    if (auto* appended = std::get_if<Appended>(&verdict)) return *appended;
    if (!ask.body_was_empty && is_to_end(*stream)) return Refused{.why = Refusal::fanout_behind};
    if (ask.producer && !mark) {
        if (!has_room_for(*ask.producer, staged))
            return Refused{.why = Refusal::too_many_producers};
        ++staged.new_producers;
    }

    Appended answer;
    answer.wrote = !ask.body_was_empty;
    if (ask.producer) answer.producer = ask.producer->mark;
    Messages none;
    auto& messages = ask.body_was_empty ? none : *ask.messages;
    write_row(staged, messages, ask.close, ask.producer, ask.stream_seq,
              kept_with_copies(*stream, messages.stored.size()));
    answer.next = staged.head.tail;
    answer.closed = ask.close;
    auto const told = ask.body_was_empty ? FanoutTold{} : copy_last_row(staged);
    if (ask.publishes) answer.fanout = told;
    if (shelf_.roster.estuary(*stream) != nullptr) {
        // Rows of an estuary do not tell after a start when it was used: most of them are copies.
        persist_touch(*stream);
        if (ask.close) drop_subscriptions_of(*stream);
    }
    return answer;
}

Answer Batch::judge(Create& ask) {
    auto const existing = find(ask.name.full());
    if (existing) {
        if (life_of(existing) == Life::soft_deleted)
            return Refused{.why = Refusal::name_soft_deleted};
        if (auto failed = failed_condition(ask.condition.get(), existing))
            return *std::move(failed);
        auto const& staged = stage(existing);
        StreamFacts const facts{existing->content_type(), existing->lifespan.lifetime(),
                                staged.head.tail, staged.head.closed};
        ExistingStream view{facts, {}, {}, {}, 0, Forever{}, existing->exposure};
        if (auto const* fork = existing->fork()) {
            view.forked_from = existing->source()->name.full();
            view.fork_asked_at = fork->asked_at;
            view.fork_at = fork->at;
            view.fork_sub_offset = fork->asked_sub_offset;
            view.source_lifetime = existing->source()->lifespan.lifetime();
        }
        auto verdict = judge_existing(view, ask);
        if (auto* refused = std::get_if<Refused>(&verdict)) return std::move(*refused);
        auto created = std::get<Created>(std::move(verdict));
        created.stream = existing->id;
        return created;
    }
    if (is_ending(ask.name.full())) return Refused{.why = Refusal::busy};
    if (auto failed = failed_condition(ask.condition.get(), nullptr)) return *std::move(failed);
    if (!ask.fork) return create(ask, nullptr);
    auto source = fork_source(ask);
    if (auto* refused = std::get_if<Refused>(&source)) return std::move(*refused);
    return create(ask, std::get<std::shared_ptr<Stream>>(source));
}

std::variant<std::shared_ptr<Stream>, Refused> Batch::fork_source(Create const& ask) {
    if (ask.fork->source.project() != ask.name.project())
        return Refused{.why = Refusal::fork_across_projects};
    auto source = find(ask.fork->source.full());
    if (!source) return Refused{.why = Refusal::fork_source_not_found};
    if (life_of(source) == Life::soft_deleted) return Refused{.why = Refusal::fork_source_gone};
    if (source->depth() >= k_fork_depth_max) return Refused{.why = Refusal::fork_too_deep};
    if (ask.content_type && !same_content_type(*ask.content_type, source->content_type()))
        return Refused{.why = Refusal::content_type_mismatch};
    return source;
}

AppendSpan Batch::append_at(ForkOf const& asked, Stream const& source, std::uint64_t position) {
    auto const& known = asked.looked_up;
    if (known && known->stream == source.id && known->position == position) return known->append;
    return source.append_at(position);
}

std::variant<ForkRecord, Refused> Batch::fork_record(ForkOf const& asked, Stream const& source,
                                                     Head const& source_head) const {
    ForkRecord record;
    record.source = source.id;
    record.asked_at = asked.at;
    record.asked_sub_offset = asked.sub_offset;
    if (!asked.at) {
        record.point = source_head.end;
        record.at = source_head.tail;
        record.ordinal = source_head.ordinal;
        return record;
    }
    auto const place = source.resolve(*asked.at);
    if (auto const* refusal = std::get_if<Refusal>(&place)) {
        bool const gone =
            *refusal == Refusal::offset_trimmed || *refusal == Refusal::offset_of_predecessor;
        if (gone) return Refused{.why = *refusal};
        bool const beyond = *refusal == Refusal::offset_beyond_tail;
        return Refused{.why = beyond ? Refusal::fork_offset_beyond_tail
                                     : Refusal::fork_offset_invalid};
    }
    auto const anchor = std::get<std::uint64_t>(place);
    auto const append = append_at(asked, source, anchor);
    // A sub-offset reaches into the append that follows the anchor, never past its end.
    if (asked.sub_offset > append.limit - anchor)
        return Refused{.why = Refusal::fork_sub_offset_invalid};
    record.point = anchor + asked.sub_offset;
    record.at = source.locate(record.point);
    record.ordinal = append.ordinal_at(record.point);
    return record;
}

Answer Batch::create(Create& ask, std::shared_ptr<Stream> const& source) {
    StreamRecord record;
    record.name = ask.name.full();
    record.content_type = source             ? source->content_type()
                          : ask.content_type ? *ask.content_type
                                             : std::string(k_default_content_type);
    record.lifetime = source ? inherited(ask.lifetime, source->lifespan.lifetime()) : ask.lifetime;
    record.created_ms = record.touched_ms = count_ms(now_);
    record.exposure = ask.exposure.value_or(Exposure{});
    if (source) {
        auto fork = fork_record(*ask.fork, *source, source->head());
        if (auto* refused = std::get_if<Refused>(&fork)) return std::move(*refused);
        record.fork = std::get<ForkRecord>(std::move(fork));
    }

    // Everything that could refuse comes before anything that changes.
    auto messages = split_messages(std::move(ask.body), is_json_type(record.content_type));
    if (!messages)
        return Refused{.why = Refusal::invalid_json, .detail = std::move(messages).error().what};
    if (ask.producer)
        if (auto refused = ds::refusal_of(judge_producer(std::nullopt, ask.producer->mark)))
            return *std::move(refused);
    auto& limit = shelf_.stream_limit;
    if (!limit.has_room(ask.name.project())) return Refused{.why = Refusal::too_many_streams};

    auto& staged = make_stream(record, ask.name, source);
    bool const has_messages = !messages->empty();
    if (has_messages || ask.closed) {
        std::optional<ProducerClaim> nobody;
        write_row(staged, *messages, ask.closed, has_messages ? ask.producer : nobody,
                  ask.stream_seq, {});
    }
    return Created{{record.content_type, record.lifetime, staged.head.tail, staged.head.closed},
                   false,
                   record.id};
}

Batch::Staged& Batch::make_stream(StreamRecord& record, StreamName const& name,
                                  std::shared_ptr<Stream> const& source) {
    shelf_.stream_limit.add(name.project());
    if (!source)
        write([&](HotLog& log) -> Result<void> {
            record.first_segment = TRY(log.first_segment_of(record.name));
            return {};
        });
    record.id = stream_id_;
    stream_id_ += shelf_.stream_step;
    auto stream = std::make_shared<Stream>(record, name, source);
    write([&](HotLog& log) { return log.insert_stream(record); });
    names_[record.name] = stream;
    auto& staged = stage(stream);
    staged.created = true;
    if (source) ++stage(source).forks;
    return staged;
}

void Batch::persist_touch(Stream const& stream) {
    write([&](HotLog& log) { return log.touch_stream(stream.id, stream.lifespan.touched_ms()); });
}

Result<void> Batch::commit() {
    if (!fault_ && began_) {
        auto committed = shelf_.log.commit();
        if (!committed) fault_ = std::move(committed).error();
    }
    if (fault_) {
        if (began_) shelf_.log.rollback();
        began_ = false;
        forget_staged();
        if (trial_ != nullptr && is_of_a_row(fault_->fault)) trial_->blame = fault_->what;
        shelf_.roster.note_failed(fanned_, now_);
        return *fault_;
    }
    began_ = false;
    return {};
}

} // namespace ds
