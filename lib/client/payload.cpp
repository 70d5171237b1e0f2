// Splits JSON pages into messages and decodes base64 events.
#include "client/payload.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "model/content.h"

#include <algorithm>
#include <cstddef>

namespace ds {
namespace {

// The server has already judged how deep its messages may nest; we only pass them on.
constexpr std::size_t k_payload_depth_max = std::size_t{1} << 20U;

Result<std::string> printed_messages(std::string_view array) {
    auto const scanned = scan_json(array, k_payload_depth_max);
    if (!scanned || !scanned->is_array)
        return Error{Fault::corrupt, "the server sent a page that is not a JSON array"};
    std::string printed;
    printed.reserve(array.size());
    for (auto const& element : scanned->elements) {
        printed.append(array.substr(element.begin, element.end - element.begin));
        printed.push_back('\n');
    }
    return printed;
}

} // namespace

PayloadKind payload_kind(std::string_view content_type) {
    if (is_json_type(content_type)) return PayloadKind::json;
    return is_text_type(content_type) ? PayloadKind::text : PayloadKind::bytes;
}

Result<std::string> printed_page(PayloadKind kind, std::string&& page) {
    if (kind != PayloadKind::json) return std::move(page);
    return printed_messages(page);
}

Result<std::optional<std::string>> printed_event(PayloadKind kind, std::string payload) {
    using Printed = std::optional<std::string>;
    switch (kind) {
    case PayloadKind::text: return Printed();
    case PayloadKind::json:
        if (payload.find('\n') != std::string::npos) return Printed();
        return Printed(TRY(printed_messages(payload)));
    case PayloadKind::bytes: break;
    }
    // Base64 may be spread over several lines.
    std::erase_if(payload, [](char c) { return c == '\n' || c == '\r'; });
    auto decoded = base64_decode(payload);
    if (!decoded) return Error{Fault::corrupt, "the server sent an event that is not base64"};
    return Printed(std::move(*decoded));
}

} // namespace ds
