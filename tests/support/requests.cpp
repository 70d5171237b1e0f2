// An operation as an HTTP request, and as a line for people.
#include "support/operations.h"

namespace ds {

namespace {

using Kind = Operation::Kind;

std::string_view method_of(Kind kind) {
    switch (kind) {
    case Kind::put: return "PUT";
    case Kind::post: return "POST";
    case Kind::get: return "GET";
    case Kind::head: return "HEAD";
    case Kind::remove: return "DELETE";
    }
    return "";
}

} // namespace

std::string Operations::target(std::string const& name) {
    constexpr std::string_view k_default_project = "_default/";
    auto path = encode_path(name);
    // Three spellings of one name: the canonical one, an encoded slash, the default project left
    // out.
    if (!settings_.protocol_only && dice_.in_hundred(10)) {
        auto const slash = path.find('/');
        path.replace(slash, 1, "%2F");
    }
    bool const one_segment = name.starts_with(k_default_project) &&
                             name.find('/', k_default_project.size()) == std::string::npos;
    if (one_segment && dice_.in_hundred(50))
        path = encode_path(name.substr(k_default_project.size()));
    return "/v1/stream/" + path;
}

HttpRequest Operations::request(Operation const& ask) {
    HttpRequest request{std::string(method_of(ask.kind)), target(ask.name), {}, ask.body.bytes};
    auto& headers = request.headers;
    if (ask.content_type) headers.emplace_back("Content-Type", *ask.content_type);
    if (ask.close)
        headers.emplace_back("stream-closed",
                             dice_.in_hundred(80) || settings_.protocol_only ? "true" : "TRUE");
    if (!ask.ttl.empty()) headers.emplace_back("Stream-TTL", ask.ttl);
    if (!ask.expires.empty()) headers.emplace_back("Stream-Expires-At", ask.expires);
    if (ask.fork_from) headers.emplace_back("Stream-Forked-From", target(*ask.fork_from));
    if (ask.fork_offset) headers.emplace_back("Stream-Fork-Offset", *ask.fork_offset);
    if (ask.fork_sub_offset) headers.emplace_back("Stream-Fork-Sub-Offset", *ask.fork_sub_offset);
    if (ask.producer) {
        headers.emplace_back("Producer-Id", ask.producer->id);
        headers.emplace_back("Producer-Epoch", std::to_string(ask.producer->epoch));
        headers.emplace_back("Producer-Seq", std::to_string(ask.producer->sequence));
    }
    if (ask.stream_seq) headers.emplace_back("Stream-Seq", *ask.stream_seq);
    for (auto const& header : ask.extra_headers)
        headers.push_back(header);

    char mark = '?';
    auto const add = [&](std::string const& name, std::string const& text) {
        request.target.append(1, mark).append(name).append("=").append(text);
        mark = '&';
    };
    if (ask.offset) add("offset", *ask.offset);
    if (ask.limit > 0) add("limit", std::to_string(ask.limit));
    if (ask.long_poll) add("live", "long-poll");
    return request;
}

std::string describe(Operation const& ask) {
    std::string line(method_of(ask.kind));
    auto const add = [&](std::string_view label, std::string const& text) {
        line.append(" ").append(label).append(text);
    };
    add("", ask.name);
    if (ask.content_type) add("type=", *ask.content_type);
    if (!ask.body.bytes.empty())
        add("body=", ask.body.bytes.substr(0, 100) +
                         (ask.body.bytes.size() > 100
                              ? "... (" + std::to_string(ask.body.bytes.size()) + " bytes)"
                              : ""));
    if (ask.close) add("", "close");
    if (!ask.ttl.empty()) add("ttl=", ask.ttl);
    if (!ask.expires.empty()) add("expires=", ask.expires);
    if (ask.fork_from) add("fork-from=", *ask.fork_from);
    if (ask.fork_offset) add("fork-offset=", *ask.fork_offset);
    if (ask.fork_sub_offset) add("fork-sub-offset=", *ask.fork_sub_offset);
    if (auto const& claim = ask.producer)
        add("producer=",
            claim->id + "/" + std::to_string(claim->epoch) + "/" + std::to_string(claim->sequence));
    if (ask.stream_seq) add("stream-seq=", *ask.stream_seq);
    for (auto const& [name, text] : ask.extra_headers)
        add(name + "=", text);
    if (ask.offset) add("offset=", *ask.offset);
    if (ask.limit > 0) add("limit=", std::to_string(ask.limit));
    if (ask.long_poll) add("", "long-poll");
    if (ask.malformed) add("", "(malformed)");
    return line;
}

} // namespace ds
