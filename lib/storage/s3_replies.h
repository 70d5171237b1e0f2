// What the replies of an S3 server say. Pure functions.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "net/fetch.h"
#include "storage/object_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

// A reply that is no success: its status, and what the body says of it.
struct S3Refusal {
    int status = 0;
    std::string code;                          // "NoSuchKey"; empty when the body does not say
    std::string message;                       // the server's own words
    std::optional<std::uint64_t> object_bytes; // of the object that a range lay outside of
};
S3Refusal read_refusal(FetchReply const& reply);

// The fault that it is, with what to do about it. The server's own words are in it only when its
// code is unknown: they may repeat what was sent.
Error fault_of(S3Refusal const& refusal);

// A page of ListObjectsV2. Keys are whole; some may be no keys of ours.
struct S3Page {
    std::vector<ObjectEntry> entries;
    std::string next; // where the next page begins; empty on the last one
};
Result<S3Page> read_page(std::string_view body);

// "bytes 0-9/100", or "bytes */100" for a range that is not there.
struct ContentRange {
    ByteRange range; // empty for "*"
    std::uint64_t object_bytes = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text);

// "Fri, 24 May 2013 00:00:00 GMT"
std::optional<Millis> parse_http_date(std::string_view text);

} // namespace ds
