// The list of them.
#include "protocol/inert_type.h"

#include "base/encoding.h"

namespace ds {

bool is_inert_type(std::string_view content_type) {
    auto const type = trim(content_type.substr(0, content_type.find(';')));
    auto const begins = [&](std::string_view prefix) {
        return equals_ignoring_case(type.substr(0, prefix.size()), prefix);
    };
    if (begins("image/")) return !begins("image/svg");
    if (begins("audio/") || begins("video/")) return true;
    for (std::string_view const harmless :
         {"application/json", "application/octet-stream", "application/x-ndjson",
          "application/ndjson", "application/jsonl", "text/plain", "text/markdown", "text/csv"})
        if (equals_ignoring_case(type, harmless)) return true;
    return false;
}

} // namespace ds
