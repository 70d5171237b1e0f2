// Writing envelopes.
#include "protocol/envelope.h"

#include "base/encoding.h"

#include <string>
#include <utility>

namespace ds {

namespace {

// `text` is UTF-8.
void append_json_string(std::string& to, std::string_view text) {
    constexpr std::string_view k_digits = "0123456789abcdef";
    to.push_back('"');
    for (char const c : text) {
        switch (c) {
        case '"': to.append("\\\""); break;
        case '\\': to.append("\\\\"); break;
        case '\n': to.append("\\n"); break;
        case '\r': to.append("\\r"); break;
        case '\t': to.append("\\t"); break;
        default:
            if (static_cast<unsigned char>(c) >= 0x20) {
                to.push_back(c);
                break;
            }
            to.append("\\u00");
            to.push_back(k_digits[static_cast<unsigned char>(c) >> 4]);
            to.push_back(k_digits[static_cast<unsigned char>(c) & 15]);
        }
    }
    to.push_back('"');
}

void append_payload(std::string& to, std::string_view message) {
    to.append(R"(,"type":"data","payload":)");
    if (is_utf8(message)) {
        append_json_string(to, message);
        return;
    }
    to.push_back('"');
    base64_append(to, message);
    to.append(R"(","encoding":"base64")");
}

} // namespace

Messages enclose(Enclosed const& append, std::uint64_t notify_above) {
    std::string head = R"({"stream":)";
    append_json_string(head, append.source);
    head.append(R"(,"offset":")");

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
        if (notify_above > 0 && size > notify_above)
            all.append(R"(,"type":"notify")");
        else
            append_payload(all, message);
        all.push_back('}');
        if (append.count > 1)
            enclosed.lengths.push_back(static_cast<std::uint32_t>(all.size() - begin));
    }
    enclosed.count = append.count;
    enclosed.stored = Bytes(std::move(all));
    return enclosed;
}

} // namespace ds
