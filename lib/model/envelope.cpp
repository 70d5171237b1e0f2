// Writing envelopes.
#include "model/envelope.h"

#include "base/encoding.h"

#include <algorithm>
#include <string>
#include <utility>

namespace ds {

namespace {

// What has to be escaped in a JSON string.
bool is_special(char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

void append_escaped(std::string& to, char c) {
    constexpr std::string_view k_digits = "0123456789abcdef";
    switch (c) {
    case '"': to.append("\\\""); return;
    case '\\': to.append("\\\\"); return;
    case '\n': to.append("\\n"); return;
    case '\r': to.append("\\r"); return;
    case '\t': to.append("\\t"); return;
    default:
        to.append("\\u00");
        to.push_back(k_digits[static_cast<unsigned char>(c) >> 4]);
        to.push_back(k_digits[static_cast<unsigned char>(c) & 15]);
    }
}

// `text` is UTF-8. False, and something is left out, when `to` becomes larger than `most`.
bool append_json_string(std::string& to, std::string_view text, std::size_t most) {
    to.push_back('"');
    while (!text.empty()) {
        auto const special = std::ranges::find_if(text, is_special);
        auto const plain = static_cast<std::size_t>(special - text.begin());
        if (to.size() + plain > most) return false;
        to.append(text.substr(0, plain));
        if (plain == text.size()) break;
        append_escaped(to, *special);
        text.remove_prefix(plain + 1);
    }
    to.push_back('"');
    return to.size() <= most;
}

bool append_payload(std::string& to, std::string_view message, std::size_t most) {
    to.append(R"(,"type":"data","payload":)");
    // Neither escapes nor base64 make it shorter.
    if (message.size() > most) return false;
    if (is_utf8(message)) return append_json_string(to, message, most);
    if (message.size() / 3 * 4 > most) return false;
    to.push_back('"');
    base64_append(to, message);
    to.append(R"(","encoding":"base64")");
    return true;
}

// Up to the offset.
std::string head_of(std::string_view source) {
    std::string head = R"({"stream":)";
    append_json_string(head, source, head.max_size());
    return head.append(R"(,"offset":")");
}

constexpr std::string_view k_notify = R"(,"type":"notify")";

} // namespace

Messages announce(std::string_view source, Offset next) {
    auto text = head_of(source);
    text.append(format_offset(next)).append("\"").append(k_notify).append("}");
    Messages announced;
    announced.count = 1;
    announced.stored = Bytes(std::move(text));
    return announced;
}

Messages enclose(Enclosed const& append, std::uint64_t notify_above) {
    auto const head = head_of(append.source);
    auto const most = notify_above > 0 ? k_partly_enclosed_max : k_enclosed_max;
    Messages enclosed;
    std::string all;
    auto rest = append.body;
    auto at = append.at;
    for (std::uint32_t which = 0; which < append.count; ++which) {
        auto const size = append.lengths.empty() ? rest.size() : append.lengths[which];
        auto const message = rest.substr(0, size);
        rest.remove_prefix(std::min<std::size_t>(rest.size(), size + (append.json ? 1 : 0)));
        at.position += append.json ? 1 : size;
        if (which > 0) all.push_back(',');
        auto const begin = all.size();
        all.append(head).append(format_offset(which + 1 == append.count ? append.next : at));
        all.push_back('"');
        bool fits = true;
        if (notify_above > 0 && size > notify_above)
            all.append(k_notify);
        else
            fits = append_payload(all, message, most);
        all.push_back('}');
        if (!fits || all.size() > most) return announce(append.source, append.next);
        if (append.count > 1)
            enclosed.lengths.push_back(static_cast<std::uint32_t>(all.size() - begin));
    }
    enclosed.count = append.count;
    enclosed.stored = Bytes(std::move(all));
    return enclosed;
}

} // namespace ds
