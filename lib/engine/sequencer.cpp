// The judgements.
#include "engine/sequencer.h"

#include "base/overloaded.h"
#include "model/content.h"

namespace ds {

namespace {

AppendVerdict judge_closed(AppendContext const& stream, Append const& ask, bool only_closes) {
    auto const& claim = ask.producer;
    if (claim && stream.closer == claim) return Duplicate{stream.head.tail, true, claim->mark};
    if (only_closes && !claim) return Appended{stream.head.tail, true, std::nullopt, false};
    return Refused{.why = Refusal::stream_closed, .next = stream.head.tail};
}

// curl -d says application/x-www-form-urlencoded unless it is told otherwise.
Refused mismatch(std::string_view holds, std::string_view says) {
    return {.why = Refusal::content_type_mismatch,
            .detail = "content-type mismatch: the stream holds " + std::string(holds) +
                      ", the request says " + std::string(says)};
}

} // namespace

std::optional<Refused> refusal_of(ProducerVerdict const& verdict) {
    return std::visit(Overloaded{
                          [](Admit) -> std::optional<Refused> { return std::nullopt; },
                          [](AlreadyHave) -> std::optional<Refused> { return std::nullopt; },
                          [](StaleEpoch stale) -> std::optional<Refused> {
                              return Refused{.why = Refusal::stale_producer_epoch,
                                             .current_epoch = stale.current_epoch};
                          },
                          [](EpochMustStartAtZero) -> std::optional<Refused> {
                              return Refused{.why = Refusal::producer_must_start_at_zero};
                          },
                          [](SequenceGap gap) -> std::optional<Refused> {
                              return Refused{.why = Refusal::producer_sequence_gap, .gap = gap};
                          },
                      },
                      verdict);
}

AppendVerdict judge_append(AppendContext const& stream, Append const& ask) {
    bool const only_closes = ask.close && ask.body_was_empty;
    if (stream.head.closed) return judge_closed(stream, ask, only_closes);

    // A body needs a type; without a body a client may attach any, and it is ignored.
    if (!ask.body_was_empty) {
        if (!ask.content_type) return Refused{.why = Refusal::content_type_required};
        if (!same_content_type(*ask.content_type, stream.content_type))
            return mismatch(stream.content_type, *ask.content_type);
    }

    if (ask.producer) {
        auto const verdict = judge_producer(stream.known, ask.producer->mark);
        if (auto const* have = std::get_if<AlreadyHave>(&verdict))
            return Duplicate{stream.head.tail, false, have->highest};
        if (auto refused = refusal_of(verdict)) return *std::move(refused);
    }

    if (ask.stream_seq && stream.stream_seq && *ask.stream_seq <= *stream.stream_seq)
        return Refused{.why = Refusal::stream_seq_regression};

    if (only_closes) return Enter{};
    if (ask.body_was_empty) return Refused{.why = Refusal::empty_body};
    if (!ask.messages)
        return Refused{.why = Refusal::invalid_json, .detail = ask.messages.error().what};
    if (ask.messages->empty()) return Refused{.why = Refusal::empty_json_array};
    return Enter{};
}

std::variant<Created, Refused> judge_existing(ExistingStream const& stream, Create const& ask) {
    auto const& facts = stream.facts;
    if (ask.content_type && !same_content_type(*ask.content_type, facts.content_type))
        return mismatch(facts.content_type, *ask.content_type);
    if (ask.closed != facts.closed)
        return Refused{.why = Refusal::closed_status_mismatch,
                       .detail = facts.closed
                                     ? "stream closed status mismatch: the stream is there, and is "
                                       "closed; the request asks for an open one"
                                     : "stream closed status mismatch: the stream is there, and is "
                                       "open; the request asks for a closed one"};

    auto const wanted = ask.fork ? inherited(ask.lifetime, stream.source_lifetime) : ask.lifetime;
    if (wanted != facts.lifetime) return Refused{.why = Refusal::lifetime_mismatch};

    if (ask.exposure && *ask.exposure != stream.exposure)
        return Refused{.why = Refusal::exposure_mismatch};
    if (ask.fork) {
        // A re-PUT that names no fork offset asks for "a fork of this source", wherever it left.
        bool const same_source = stream.forked_from == ask.fork->source.full();
        bool const same_place =
            !ask.fork->at || (stream.fork_asked_at ? *stream.fork_asked_at == *ask.fork->at
                                                   : stream.fork_at == *ask.fork->at);
        if (!same_source || !same_place || stream.fork_sub_offset != ask.fork->sub_offset)
            return Refused{.why = Refusal::fork_mismatch};
    }
    return Created{facts, true};
}

} // namespace ds
