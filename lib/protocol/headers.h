// Every header and query parameter name of the protocol, spelled once. (Protocol section 13.2)
#pragma once

#include <string_view>

namespace ds::header {

inline constexpr std::string_view content_type = "Content-Type";
inline constexpr std::string_view stream_next_offset = "Stream-Next-Offset";
inline constexpr std::string_view stream_up_to_date = "Stream-Up-To-Date";
inline constexpr std::string_view stream_closed = "Stream-Closed";
inline constexpr std::string_view stream_cursor = "Stream-Cursor";
inline constexpr std::string_view stream_seq = "Stream-Seq";
inline constexpr std::string_view stream_ttl = "Stream-TTL";
inline constexpr std::string_view stream_expires_at = "Stream-Expires-At";
inline constexpr std::string_view stream_forked_from = "Stream-Forked-From";
inline constexpr std::string_view stream_fork_offset = "Stream-Fork-Offset";
inline constexpr std::string_view stream_fork_sub_offset = "Stream-Fork-Sub-Offset";
inline constexpr std::string_view stream_sse_data_encoding = "Stream-SSE-Data-Encoding";
inline constexpr std::string_view stream_earliest_offset = "Stream-Earliest-Offset";
inline constexpr std::string_view stream_write_timestamp = "Stream-Write-Timestamp";
inline constexpr std::string_view stream_reader_key = "Stream-Reader-Key";
inline constexpr std::string_view stream_fanout_count = "Stream-Fanout-Count";
inline constexpr std::string_view stream_fanout_successes = "Stream-Fanout-Successes";
inline constexpr std::string_view stream_fanout_failures = "Stream-Fanout-Failures";
inline constexpr std::string_view stream_fanout_mode = "Stream-Fanout-Mode";
inline constexpr std::string_view x_cache = "X-Cache"; // of our own cache: HIT, MISS, BYPASS
inline constexpr std::string_view producer_id = "Producer-Id";
inline constexpr std::string_view producer_epoch = "Producer-Epoch";
inline constexpr std::string_view producer_seq = "Producer-Seq";
inline constexpr std::string_view producer_expected_seq = "Producer-Expected-Seq";
inline constexpr std::string_view producer_received_seq = "Producer-Received-Seq";

// What an EventSource sends when it comes back: the `id` of the last event that it has.
inline constexpr std::string_view last_event_id = "Last-Event-ID";

// Extension: with the value "lines", each line of an append's body is a message of its own.
inline constexpr std::string_view stream_framing = "Stream-Framing";

} // namespace ds::header

namespace ds::query {

inline constexpr std::string_view offset = "offset";
inline constexpr std::string_view live = "live";
inline constexpr std::string_view cursor = "cursor";
inline constexpr std::string_view limit = "limit";
inline constexpr std::string_view last = "last"; // from the start means from so many messages back
// On a PUT: who may read the stream, and which caches may keep it.
inline constexpr std::string_view is_public = "public"; // "true", "false"
inline constexpr std::string_view cache = "cache";      // "shared", "private"
// On a read: what makes its URL unguessable; a token, where headers cannot be sent.
inline constexpr std::string_view reader_key = "rk";
inline constexpr std::string_view token = "token";
// Of a list of estuaries: where it goes on.
inline constexpr std::string_view after = "after";

} // namespace ds::query
