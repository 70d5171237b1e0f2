// Bodies into messages, and what a content type means for them.
#include "model/content.h"

#include "base/encoding.h"
#include "base/json_text.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace ds {

namespace {

bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// Takes a token off the front of `text`; false when there is none.
bool take_token(std::string_view& text) {
    auto const* const end = std::find_if_not(text.begin(), text.end(), is_token_char);
    auto const size = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(size);
    return size > 0;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

bool take_quoted(std::string_view& text) {
    if (!take(text, '"')) return false;
    while (!text.empty()) {
        if (take(text, '"')) return true;
        if (take(text, '\\') && text.empty()) return false;
        text.remove_prefix(1);
    }
    return false;
}

// Type and subtype, without parameters.
std::string_view essence(std::string_view content_type) {
    return trim(content_type.substr(0, content_type.find(';')));
}

Messages one_message(Bytes stored) {
    return Messages{.stored = std::move(stored), .count = 1, .lengths = {}};
}

// True when exactly one comma and nothing else stands between neighbours.
bool is_compact(std::vector<JsonSpan> const& elements) {
    return std::adjacent_find(elements.begin(), elements.end(), [](JsonSpan a, JsonSpan b) {
               return a.end + 1 != b.begin;
           }) == elements.end();
}

Bytes join(std::string_view text, std::vector<JsonSpan> const& elements) {
    std::string joined;
    joined.reserve(elements.back().end - elements.front().begin);
    for (auto const& element : elements) {
        if (!joined.empty()) joined.push_back(',');
        joined.append(text.substr(element.begin, element.end - element.begin));
    }
    return Bytes(std::move(joined));
}

} // namespace

bool is_content_type(std::string_view text) {
    constexpr std::size_t k_bytes_max = 256;
    bool const printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!printable || text.size() > k_bytes_max) return false;
    // A range, as Accept has it, is the type of nothing.
    auto const type = essence(text);
    if (type.starts_with("*/") || type.ends_with("/*")) return false;
    if (!take_token(text) || !take(text, '/') || !take_token(text)) return false;
    while (!(text = trim(text)).empty()) {
        if (!take(text, ';')) return false;
        text = trim(text);
        if (!take_token(text)) continue; // an empty parameter is legal (RFC 9110, section 5.6.6)
        if (!take(text, '=')) return false;
        if (!take_token(text) && !take_quoted(text)) return false;
    }
    return true;
}

bool same_content_type(std::string_view a, std::string_view b) {
    return a == b || equals_ignoring_case(essence(a), essence(b)); // mostly one spelling
}

bool is_json_type(std::string_view content_type) {
    return same_content_type(content_type, "application/json");
}

bool is_text_type(std::string_view content_type) {
    constexpr std::string_view k_text = "text/";
    return equals_ignoring_case(essence(content_type).substr(0, k_text.size()), k_text) ||
           is_json_type(content_type);
}

bool is_inert_type(std::string_view content_type) {
    auto const type = essence(content_type);
    auto const begins = [&](std::string_view prefix) {
        return equals_ignoring_case(type.substr(0, prefix.size()), prefix);
    };
    // Browsers take any type that ends so for a document of XML, which may have scripts.
    constexpr std::string_view k_xml = "+xml";
    if (type.size() >= k_xml.size() &&
        equals_ignoring_case(type.substr(type.size() - k_xml.size()), k_xml))
        return false;
    if (begins("image/")) return !begins("image/svg");
    if (begins("audio/") || begins("video/")) return true;
    for (std::string_view const harmless :
         {"application/json", "application/octet-stream", "application/x-ndjson",
          "application/ndjson", "application/jsonl", "text/plain", "text/markdown", "text/csv"})
        if (equals_ignoring_case(type, harmless)) return true;
    return false;
}

Result<Messages> split_messages(Bytes body, bool json) {
    if (body.empty()) return Messages{};
    if (!json) return one_message(std::move(body));
    auto const scanned = TRY(scan_json(body.view(), k_json_depth_max, k_append_messages_max));
    auto const& elements = scanned.elements;
    if (!scanned.is_array)
        return one_message(
            body.slice(scanned.value.begin, scanned.value.end - scanned.value.begin));
    if (elements.empty()) return Messages{};

    Messages messages;
    auto const first = elements.front().begin;
    messages.stored = is_compact(elements) ? body.slice(first, elements.back().end - first)
                                           : join(body.view(), elements);
    messages.count = static_cast<std::uint32_t>(elements.size());
    if (messages.count > 1) {
        messages.lengths.reserve(elements.size());
        for (auto const& element : elements)
            messages.lengths.push_back(element.end - element.begin);
    }
    return messages;
}

Result<Messages> split_lines(Bytes body) {
    Messages messages;
    auto rest = body.view();
    while (!rest.empty()) {
        if (messages.lengths.size() == k_append_messages_max)
            return Error{Fault::invalid,
                         "more than " + std::to_string(k_append_messages_max) + " lines"};
        auto const newline = rest.find('\n');
        auto const length = newline == std::string_view::npos ? rest.size() : newline + 1;
        messages.lengths.push_back(static_cast<std::uint32_t>(length));
        rest.remove_prefix(length);
    }
    messages.count = static_cast<std::uint32_t>(messages.lengths.size());
    if (messages.count <= 1) messages.lengths.clear();
    messages.stored = std::move(body);
    return messages;
}

} // namespace ds
