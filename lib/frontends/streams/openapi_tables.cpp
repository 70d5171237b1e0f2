// The tables.
#include "frontends/streams/openapi_tables.h"

#include <array>
#include <utility>

namespace ds::streams::openapi {

namespace {

constexpr char const* k_text = R"({"type":"string"})";
constexpr char const* k_number = R"({"type":"integer","minimum":0})";
constexpr char const* k_true = R"({"type":"string","enum":["true"]})";
constexpr char const* k_offset = R"({"type":"string","pattern":"^(-1|now|[0-9]{16}_[0-9]{16})$"})";

constexpr std::array k_queries{
    Named{"offset", k_offset, "Where to begin: a token that was handed out, -1 for the start, now"},
    Named{"live", R"({"type":"string","enum":["long-poll","sse"]})", "Go on as it grows"},
    Named{"cursor", k_text, "What Stream-Cursor said, so that equal readers share one URL"},
    Named{"limit", R"({"type":"integer","minimum":1})", "The most messages of the answer"},
    Named{"last", R"({"type":"integer","minimum":1})",
          "Begin so many messages before the tail, where offset is -1 or not given; with an offset "
          "that was handed out it does not count"},
    Named{"rk", k_text, "The stream's reader key: makes the answer shareable by caches"},
    Named{"token", k_text, "A token, for reads of projects that allow it"},
    Named{"public", R"({"type":"string","enum":["true","false"]})", "Anyone may read the stream"},
    Named{"cache", R"({"type":"string","enum":["shared","private"]})",
          "Whether caches on the way may keep what is read"},
    Named{"after", k_text, "Begin the list after this id"},
    Named{"include", R"({"type":"string","enum":["signingSecrets","keys"]})",
          "Show the secrets, or their fingerprints, too"},
};

// Headers of requests.
constexpr std::array k_asked{
    Named{"If-None-Match", k_text, "An ETag: 304 when nothing has changed; *: create, not again"},
    Named{"If-Match", k_text, "Only if the stream ends there: an ETag, or a quoted offset"},
    Named{"Last-Event-ID", k_text,
          "The id of the last event that a browser has: with live=sse it counts before offset"},
    Named{"Content-Type", k_text, "Of the stream; application/json makes each element a message"},
    Named{"Stream-TTL", k_number, "Ends the stream when nobody used it for so many seconds"},
    Named{"Stream-Expires-At", R"({"type":"string","format":"date-time"})", "Ends it then"},
    Named{"Stream-Closed", k_true, "Closes the stream with this request"},
    Named{"Stream-Seq", k_text, "Must be greater than the last one"},
    Named{"Stream-Forked-From", k_text, "The path of the stream that this one forks"},
    Named{"Stream-Fork-Offset", k_offset, "Where it leaves its source"},
    Named{"Stream-Fork-Sub-Offset", k_number, "So many messages behind that"},
    Named{"Stream-Framing", R"({"type":"string","enum":["lines"]})", "Each line is a message"},
    Named{"Producer-Id", k_text, "Who numbers its appends, so that a retry is not a duplicate"},
    Named{"Producer-Epoch", k_number, "Of the producer: a newer one fences the older"},
    Named{"Producer-Seq", k_number, "Of the append, from 0 in each epoch"},
};

// Headers of answers.
constexpr std::array k_told{
    Named{"Stream-Next-Offset", k_offset, "Where to go on; of a write: the new tail"},
    Named{"Stream-Up-To-Date", k_true, "There was nothing more at that moment"},
    Named{"Stream-Closed", k_true, "Nothing will follow"},
    Named{"Stream-Cursor", k_text, "To be echoed with the next live read"},
    Named{"Stream-TTL", k_number, "The stream's lifetime"},
    Named{"Stream-Expires-At", R"({"type":"string","format":"date-time"})", "The stream's end"},
    Named{"Stream-Write-Timestamp", k_number, "When the last message of the page was written (ms)"},
    Named{"Stream-Earliest-Offset", k_offset, "Where the stream begins now"},
    Named{"Stream-SSE-Data-Encoding", R"({"type":"string","enum":["base64"]})", "Of data events"},
    Named{"Stream-Reader-Key", k_text, "Makes a private stream's URLs unguessable, as ?rk="},
    Named{"Stream-Fanout-Count", k_number, "Subscribers at that moment"},
    Named{"Stream-Fanout-Successes", k_number, "Copies that were made along with the append"},
    Named{"Stream-Fanout-Failures", k_number, "Copies that will not be made: 0"},
    Named{"Stream-Fanout-Mode",
          R"({"type":"string","enum":["skipped","inline","queued","circuit-open"]})",
          "Whether copies are there, or follow"},
    Named{"Producer-Epoch", k_number, "The epoch that counts"},
    Named{"Producer-Seq", k_number, "The last number that was taken"},
    Named{"Producer-Expected-Seq", k_number, "The number that was expected"},
    Named{"Producer-Received-Seq", k_number, "The number that came"},
    Named{"ETag", k_text, "Of these bytes"},
    Named{"Location", k_text, "Of what was created"},
    Named{"Cache-Control", k_text, "Who may keep the answer, and for how long"},
    Named{"X-Cache", R"({"type":"string","enum":["HIT","MISS","BYPASS"]})",
          "Whether the server's cache had the answer"},
    Named{"Retry-After", k_number, "Seconds"},
    Named{"WWW-Authenticate", k_text, "Which credentials are wanted: Bearer, or what a hook says"},
    Named{"Allow", k_text, "The methods that there are"},
    Named{"Vary", k_text, "Origin, where origins are named"},
    Named{"Server-Timing", k_text, "With --server-timing"},
};

// 400
Names const k_broken_rules{"BAD_REQUEST",
                           "CONTENT_TYPE_REQUIRED",
                           "EMPTY_BODY",
                           "EMPTY_JSON_ARRAY",
                           "EMPTY_QUERY_PARAM",
                           "FORK_ACROSS_PROJECTS",
                           "FORK_TOO_DEEP",
                           "INVALID_ACK",
                           "INVALID_CONFIG",
                           "INVALID_CONTENT_TYPE",
                           "INVALID_ESTUARY_ID",
                           "INVALID_EXPIRES_AT",
                           "INVALID_FORK",
                           "INVALID_FORK_SUB_OFFSET",
                           "INVALID_JSON",
                           "INVALID_LAST",
                           "INVALID_LIMIT",
                           "INVALID_LIVE_MODE",
                           "INVALID_OFFSET",
                           "INVALID_PRECONDITION",
                           "INVALID_PROJECT_ID",
                           "INVALID_QUERY_PARAM",
                           "INVALID_REQUEST",
                           "INVALID_STREAM_SEQ",
                           "INVALID_SUBSCRIPTION",
                           "INVALID_TTL",
                           "MISSING_PROJECT_OR_STREAM_ID",
                           "OFFSET_BEYOND_TAIL",
                           "OFFSET_REQUIRED",
                           "PRODUCER_EPOCH_SEQ_NOT_INTEGERS",
                           "PRODUCER_EPOCH_SEQ_OVERFLOW",
                           "PRODUCER_HEADERS_INCOMPLETE",
                           "PRODUCER_ID_INVALID",
                           "PRODUCER_SEQ_MUST_START_AT_ZERO",
                           "PROJECT_NAME_RESERVED",
                           "REPEATED_QUERY_PARAM",
                           "TOO_MANY_LINES",
                           "TTL_EXPIRES_MUTUALLY_EXCLUSIVE",
                           "WEBHOOK_URL_REJECTED"};

} // namespace

std::vector<Errors> const& errors() {
    static std::vector<Errors> const all{
        {400, "The request breaks a rule; nothing was changed.", k_broken_rules},
        {401,
         "Credentials are needed, and there are none, or worthless ones.",
         {"TOKEN_INVALID", "UNAUTHORIZED"}},
        {403,
         "The credentials are good, but not for this; or the producer's epoch is over.",
         {"FOREIGN_HOST", "FOREIGN_ORIGIN", "FORBIDDEN", "STALE_PRODUCER_EPOCH"}},
        {404,
         "There is no such stream, estuary, project, key or subscription.",
         {"ESTUARY_NOT_FOUND", "KEY_NOT_FOUND", "NOT_FOUND", "PROJECT_NOT_FOUND",
          "STREAM_NOT_FOUND", "SUBSCRIPTION_NOT_FOUND"}},
        {405, "The method is not for this resource; Allow says which are.", {"METHOD_NOT_ALLOWED"}},
        {408, "The request took too long to arrive.", {"REQUEST_TIMEOUT"}},
        {409,
         "It exists otherwise than asked, or does not take this now.",
         {"ALREADY_CLAIMED",
          "CONTENT_TYPE_MISMATCH",
          "ESTUARY_CHAIN",
          "ESTUARY_CYCLE",
          "FENCED",
          "FORK_MISMATCH",
          "FORK_SOURCE_GONE",
          "INVALID_OFFSET",
          "NOT_AN_ESTUARY",
          "NO_PENDING_WORK",
          "PRODUCER_SEQUENCE_GAP",
          "PROJECT_CONFLICT",
          "STREAM_CLOSED",
          "STREAM_CLOSED_STATUS_MISMATCH",
          "STREAM_EXPOSURE_MISMATCH",
          "STREAM_GONE",
          "STREAM_SEQ_REGRESSION",
          "STREAM_TTL_MISMATCH",
          "SUBSCRIPTION_ALREADY_EXISTS",
          "SUBSCRIPTION_LIMIT_REACHED",
          "SUBSCRIPTION_MISMATCH",
          "TOO_MANY_PRODUCERS"}},
        {410,
         "It was there: the stream is deleted but forks need it, retention took what was asked, or "
         "the offset is of an earlier stream of this name.",
         {"OFFSET_OF_EARLIER_STREAM", "OFFSET_TRIMMED", "STREAM_GONE"}},
        {412,
         "It is not as the condition wants: there already, or further than the asker believed.",
         {"PRECONDITION_FAILED"}},
        {413, "The body is too large.", {"PAYLOAD_TOO_LARGE"}},
        {415, "Encoded bodies are not taken.", {"UNSUPPORTED_CONTENT_ENCODING"}},
        {417, "Only 100-continue may be expected.", {"EXPECTATION_FAILED"}},
        {429,
         "A limit is reached; where waiting helps, Retry-After says how long.",
         {"RATE_LIMITED", "TOO_MANY_ESTUARIES"}},
        {431, "The head of the request is too large.", {"HEADERS_TOO_LARGE"}},
        {500,
         "What is stored is damaged; other ranges are not affected.",
         {"INTERNAL_ERROR", "SEGMENT_CORRUPT", "SEGMENT_MISSING", "SEGMENT_TRUNCATED"}},
        {503,
         "Not now; Retry-After says when to come back.",
         {"AUTH_UNAVAILABLE", "BUSY", "DRAINING", "SEGMENT_UNAVAILABLE", "STORAGE_FAILING"}},
        {507, "The disk is full.", {"STORAGE_QUOTA_EXCEEDED"}},
    };
    return all;
}

std::span<Named const> query_parameters() {
    return k_queries;
}

std::span<Named const> request_headers() {
    return k_asked;
}

std::span<Named const> response_headers() {
    return k_told;
}

} // namespace ds::streams::openapi
