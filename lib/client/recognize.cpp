// By the headers of the protocol, and by the shape of errors.
#include "client/recognize.h"

#include "base/encoding.h"
#include "protocol/headers.h"

#include <nlohmann/json.hpp>

namespace ds {
namespace {

bool has_code(std::string const& body) {
    auto const document = nlohmann::json::parse(body, nullptr, false);
    if (!document.is_object()) return false;
    auto const error = document.find("error");
    auto const& bearer = error != document.end() && error->is_object() ? *error : document;
    auto const code = bearer.find("code");
    return code != bearer.end() && code->is_string();
}

// As the reference servers refuse: "Stream not found".
bool speaks_of_streams(FetchReply const& reply) {
    constexpr std::size_t k_sentence = 200;
    return reply.body.size() < k_sentence && reply.body.find('<') == std::string::npos &&
           to_lower(reply.body).find("stream") != std::string::npos;
}

bool is_redirect(FetchReply const& reply) {
    return reply.status > 300 && reply.status < 400 && reply.headers.get("Location");
}

} // namespace

bool bears_marks(FetchReply const& reply) {
    for (auto const& [name, value] : reply.headers) {
        auto const lower = to_lower(name);
        if (lower.starts_with("stream-") || lower.starts_with("producer-")) return true;
        if (lower == "access-control-expose-headers" &&
            to_lower(value).find("stream-next-offset") != std::string::npos)
            return true;
    }
    // Both are asked of servers, and hardly sent together by others. (Protocol section 12)
    if (to_lower(reply.headers.get("Cross-Origin-Resource-Policy").value_or("")) ==
            "cross-origin" &&
        to_lower(reply.headers.get("X-Content-Type-Options").value_or("")) == "nosniff")
        return true;
    return reply.status >= 300 && (has_code(reply.body) || speaks_of_streams(reply));
}

bool is_foreign_refusal(FetchReply const& reply) {
    switch (reply.status) {
    case 401:
    case 403:
    case 408:
    case 413:
    case 429: return false;
    case 501:
    case 505: break;
    default:
        if (reply.status < 300 || reply.status >= 500 || is_redirect(reply)) return false;
    }
    return !bears_marks(reply);
}

bool acknowledges(FetchReply const& reply) {
    return reply.headers.get(header::stream_next_offset).has_value() ||
           reply.headers.get(header::producer_seq).has_value() ||
           reply.headers.says_true(header::stream_closed);
}

std::string new_base(FetchReply const& reply, std::string_view base, std::string_view path) {
    if (!is_redirect(reply)) return {};
    auto where = std::string(*reply.headers.get("Location"));
    if (where.starts_with('/')) {
        auto const host = base.find("://");
        auto const end = host == std::string_view::npos ? base.size() : base.find('/', host + 3);
        where.insert(0, base.substr(0, end));
    }
    for (auto const wanted : {path, path.substr(0, path.find('?'))})
        if (where.ends_with(wanted)) return where.substr(0, where.size() - wanted.size());
    return {};
}

} // namespace ds
