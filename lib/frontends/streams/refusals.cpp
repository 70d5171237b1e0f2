// The table of statuses, codes and texts.
#include "frontends/streams/refusals.h"

#include "protocol/headers.h"

#include <nlohmann/json.hpp>

namespace ds::streams {

namespace {

struct Entry {
    int status;
    std::string_view code;
    std::string_view text;
};

constexpr Entry k_unknown{500, "INTERNAL_ERROR", "unknown refusal"};

Entry fork_entry_of(Refusal why) {
    switch (why) {
    case Refusal::fork_source_gone:
        return {409, "FORK_SOURCE_GONE", "the stream to fork from was deleted"};
    case Refusal::fork_source_not_found:
        return {404, "STREAM_NOT_FOUND", "the stream to fork from was not found"};
    case Refusal::fork_across_projects:
        return {400, "FORK_ACROSS_PROJECTS", "a fork and its source must be in the same project"};
    case Refusal::fork_too_deep:
        return {400, "FORK_TOO_DEEP", "the source is a fork of a fork of too many forks"};
    case Refusal::fork_offset_beyond_tail:
        return {400, "OFFSET_BEYOND_TAIL", "fork offset beyond tail"};
    case Refusal::fork_offset_invalid: return {400, "INVALID_OFFSET", "invalid fork offset"};
    case Refusal::fork_sub_offset_invalid:
        return {400, "INVALID_FORK_SUB_OFFSET",
                "sub-offset is past the end of the append it enters"};
    default: return k_unknown;
    }
}

Entry estuary_entry_of(Refusal why) {
    switch (why) {
    case Refusal::estuary_not_found: return {404, "ESTUARY_NOT_FOUND", "there is no such estuary"};
    case Refusal::not_an_estuary:
        return {409, "NOT_AN_ESTUARY", "a stream of this name is there, and is no estuary"};
    case Refusal::estuary_cycle:
        return {409, "ESTUARY_CYCLE", "what is appended would come back to where it came from"};
    case Refusal::subscribed_otherwise:
        return {409, "SUBSCRIPTION_MISMATCH",
                "it is subscribed in another mode; unsubscribe before you change it"};
    case Refusal::fanout_behind:
        return {503, "BUSY", "the stream ends once its subscribers have their copies; try again"};
    case Refusal::too_many_estuaries:
        return {429, "TOO_MANY_ESTUARIES",
                "the project has as many estuaries, or subscriptions, as it may"};
    case Refusal::estuary_chain:
        return {409, "ESTUARY_CHAIN",
                "an append would become too many copies, or go through too many estuaries"};
    default: return k_unknown;
    }
}

Entry producer_entry_of(Refusal why) {
    switch (why) {
    case Refusal::stale_producer_epoch:
        return {403, "STALE_PRODUCER_EPOCH", "stale producer epoch"};
    case Refusal::producer_sequence_gap:
        return {409, "PRODUCER_SEQUENCE_GAP", "producer sequence gap"};
    case Refusal::producer_must_start_at_zero:
        return {400, "PRODUCER_SEQ_MUST_START_AT_ZERO",
                "Producer-Seq must start at 0 for new epoch"};
    case Refusal::too_many_producers:
        return {409, "TOO_MANY_PRODUCERS",
                "the stream remembers as many producers as it may; write as one that it knows, or "
                "without a producer"};
    default: return k_unknown;
    }
}

Entry offset_entry_of(Refusal why) {
    switch (why) {
    case Refusal::invalid_offset: return {400, "INVALID_OFFSET", "invalid offset"};
    case Refusal::offset_beyond_tail: return {400, "OFFSET_BEYOND_TAIL", "offset beyond tail"};
    case Refusal::offset_of_predecessor:
        return {410, "OFFSET_OF_EARLIER_STREAM",
                "this offset is of an earlier stream of this name, which was deleted or has "
                "expired"};
    case Refusal::offset_trimmed:
        return {410, "OFFSET_TRIMMED", "retention has removed what was at this offset"};
    default: return k_unknown;
    }
}

// A switch without default: a refusal without an entry does not compile.
Entry entry_of(Refusal why) {
    switch (why) {
    case Refusal::stream_not_found: return {404, "STREAM_NOT_FOUND", "stream not found"};
    case Refusal::stream_gone:
        return {410, "STREAM_GONE", "stream was deleted; forks still use its data"};
    case Refusal::stream_closed: return {409, "STREAM_CLOSED", "stream is closed"};
    case Refusal::content_type_mismatch:
        return {409, "CONTENT_TYPE_MISMATCH", "content-type mismatch"};
    case Refusal::content_type_required:
        return {400, "CONTENT_TYPE_REQUIRED", "Content-Type is required"};
    case Refusal::closed_status_mismatch:
        return {409, "STREAM_CLOSED_STATUS_MISMATCH", "stream closed status mismatch"};
    case Refusal::lifetime_mismatch:
        return {409, "STREAM_TTL_MISMATCH", "stream TTL/expiry mismatch"};
    case Refusal::exposure_mismatch:
        return {409, "STREAM_EXPOSURE_MISMATCH",
                "whether a stream is public, and its cache mode, cannot be changed"};
    case Refusal::fork_mismatch:
        return {409, "FORK_MISMATCH", "stream exists and is not that fork"};
    case Refusal::stream_seq_regression:
        return {409, "STREAM_SEQ_REGRESSION",
                "sequence conflict: Stream-Seq is not above the last one"};
    case Refusal::precondition_failed:
        return {412, "PRECONDITION_FAILED", "the stream is not as If-Match or If-None-Match wants"};
    case Refusal::empty_body: return {400, "EMPTY_BODY", "empty body"};
    case Refusal::empty_json_array:
        return {400, "EMPTY_JSON_ARRAY", "empty JSON array is not allowed"};
    case Refusal::invalid_json: return {400, "INVALID_JSON", "invalid JSON"};
    case Refusal::stale_producer_epoch:
    case Refusal::producer_sequence_gap:
    case Refusal::producer_must_start_at_zero:
    case Refusal::too_many_producers: return producer_entry_of(why);
    case Refusal::name_soft_deleted:
        return {409, "STREAM_GONE", "a deleted stream of this name still has forks"};
    case Refusal::fork_source_gone:
    case Refusal::fork_source_not_found:
    case Refusal::fork_across_projects:
    case Refusal::fork_too_deep:
    case Refusal::fork_offset_beyond_tail:
    case Refusal::fork_offset_invalid:
    case Refusal::fork_sub_offset_invalid: return fork_entry_of(why);
    case Refusal::estuary_not_found:
    case Refusal::not_an_estuary:
    case Refusal::estuary_cycle:
    case Refusal::subscribed_otherwise:
    case Refusal::fanout_behind:
    case Refusal::too_many_estuaries:
    case Refusal::estuary_chain: return estuary_entry_of(why);
    case Refusal::too_many_streams:
        return {429, "RATE_LIMITED", "the project has as many streams as it may"};
    case Refusal::invalid_offset:
    case Refusal::offset_beyond_tail:
    case Refusal::offset_of_predecessor:
    case Refusal::offset_trimmed: return offset_entry_of(why);
    case Refusal::history_unavailable:
        return {503, "SEGMENT_UNAVAILABLE", "the object store does not answer; try again"};
    case Refusal::history_damaged:
        return {500, "SEGMENT_CORRUPT", "what is stored of this offset is damaged"};
    case Refusal::busy: return {503, "BUSY", "too many requests are waiting; try again"};
    case Refusal::storage_full:
        return {507, "STORAGE_QUOTA_EXCEEDED", "no space left; nothing was written"};
    case Refusal::storage_failing:
        return {503, "STORAGE_FAILING", "writes fail at the moment; nothing was acknowledged"};
    case Refusal::draining: return {503, "DRAINING", "the server is shutting down"};
    }
    return k_unknown;
}

} // namespace

Response error_answer(ErrorForm form, int status, std::string_view code, std::string_view text,
                      std::uint64_t retry_after) {
    if (form == ErrorForm::flat) return error_response(status, code, text, retry_after);
    using Json = nlohmann::ordered_json;
    Json const body{{"error", {{"code", code}, {"message", text}}}};
    auto response =
        json_response(status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
    if (status == 429 || status == 503) response.add("Retry-After", retry_after);
    return response;
}

Response denial_response(ErrorForm form, access::Denied const& denied) {
    using Why = access::Denied::Why;
    if (denied.why == Why::forbidden)
        return error_answer(form, 403, "FORBIDDEN",
                            denied.text.empty() ? "forbidden" : denied.text);
    if (denied.why == Why::unavailable)
        return error_answer(form, 503, "AUTH_UNAVAILABLE",
                            "whether this is allowed cannot be found out at the moment");
    auto response = error_answer(form, 401, "UNAUTHORIZED", "unauthorized");
    response.add("WWW-Authenticate", denied.challenge.empty() ? "Bearer" : denied.challenge);
    return response;
}

Response exceeded_response(ErrorForm form, quota::Exceeded const& over) {
    auto response = error_answer(form, 429, "RATE_LIMITED", quota::text_of(over.limit),
                                 quota::whole_seconds(over.wait));
    if (over.limit == quota::Limit::project_connections) response.close();
    return response;
}

Response bad_request(std::string_view code, std::string_view text) {
    return error_response(400, code, text);
}

Response nothing_here() {
    return error_response(
        404, "NOT_FOUND",
        "there is nothing at this path; streams are at /v1/stream/PROJECT/STREAM");
}

Response wrong_method_response(ErrorForm form, std::string_view allowed) {
    auto response =
        error_answer(form, 405, "METHOD_NOT_ALLOWED", "this method is not for this resource");
    response.add("Allow", allowed);
    return response;
}

Response refusal_response(Refused const& refused) {
    auto const entry = entry_of(refused.why);
    auto response = error_response(entry.status, entry.code,
                                   refused.detail.empty() ? entry.text : refused.detail);
    if (refused.why == Refusal::stream_closed) response.add(header::stream_closed, "true");
    if (refused.next) response.add(header::stream_next_offset, format_offset(*refused.next));
    if (refused.earliest)
        response.add(header::stream_earliest_offset, format_offset(*refused.earliest));
    if (refused.current_epoch) response.add(header::producer_epoch, *refused.current_epoch);
    if (refused.gap) {
        response.add(header::producer_expected_seq, refused.gap->expected);
        response.add(header::producer_received_seq, refused.gap->received);
    }
    return response;
}

Response refusal_response(Refusal why) {
    return refusal_response(Refused{.why = why});
}

Response offset_response(Refusal why, Stream const& stream) {
    Refused refused{.why = why};
    if (why == Refusal::offset_trimmed || why == Refusal::offset_of_predecessor)
        refused.earliest = stream.locate(stream.earliest());
    return refusal_response(refused);
}

Response page_fault_response(Error const& error, Stream const& stream) {
    constexpr int k_internal = 500;
    switch (error.fault) {
    case Fault::invalid:
        if (stream.life() == Life::ended) return refusal_response(Refusal::stream_not_found);
        if (stream.life() == Life::soft_deleted) return refusal_response(Refusal::stream_gone);
        return offset_response(Refusal::offset_trimmed, stream);
    case Fault::unreachable: return refusal_response(Refusal::history_unavailable);
    case Fault::missing:
        return error_response(k_internal, "SEGMENT_MISSING", "the object of a segment is gone");
    case Fault::truncated:
        return error_response(k_internal, "SEGMENT_TRUNCATED",
                              "the object of a segment ends before it should");
    case Fault::corrupt: return refusal_response(Refusal::history_damaged);
    case Fault::busy:
    case Fault::full:
    case Fault::io: break;
    }
    return error_response(k_internal, "INTERNAL_ERROR", "the log could not be read");
}

} // namespace ds::streams
