// Lines about requests, and what a connection knows of them.
#include "frontends/streams/access_log.h"

#include "base/log.h"
#include "base/overloaded.h"
#include "frontends/streams/live_reads.h"
#include "frontends/streams/stream_requests.h"
#include "protocol/headers.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ds::streams {

namespace {

constexpr std::size_t k_target_max = 512;
// Lines about errors, of an event loop: one for each second, and so many ahead.
constexpr std::chrono::seconds k_for_a_line{1};
constexpr std::chrono::seconds k_ahead{100};

constexpr std::array<std::string_view, 8> k_harmless{query::offset,    query::live, query::cursor,
                                                     query::limit,     query::last, query::cache,
                                                     query::is_public, "after"};

} // namespace

std::string loggable_target(std::string_view path, std::string_view query) {
    std::string target(path.empty() ? std::string_view("-") : path);
    char before = '?';
    while (!query.empty() && target.size() <= k_target_max) {
        auto const [name, value] = http::take_parameter(query);
        bool const shown = std::ranges::find(k_harmless, name) != k_harmless.end();
        target.append(1, std::exchange(before, '&')).append(name);
        if (shown)
            target.append("=").append(value);
        else if (!value.empty())
            target.append("=...");
    }
    if (target.size() > k_target_max) target.replace(k_target_max, target.size(), "...");
    return target;
}

std::string loggable_query(ReadQuery const& read) {
    std::string text;
    auto const add = [&text](std::string_view name, std::string_view value) {
        if (!text.empty()) text.push_back('&');
        text.append(name).append("=").append(value);
    };
    auto const offset =
        std::visit(Overloaded{[](FromStart) { return std::string("-1"); },
                              [](FromNow) { return std::string("now"); },
                              [](Offset const& place) { return format_offset(place); }},
                   read.from);
    if (read.last == 0) add(query::offset, offset);
    if (read.last > 0) add(query::last, std::to_string(read.last));
    if (read.live != Live::no) add(query::live, read.live == Live::sse ? "sse" : "long-poll");
    if (read.cursor) add(query::cursor, std::to_string(*read.cursor));
    if (read.limit > 0) add(query::limit, std::to_string(read.limit));
    return text;
}

std::string_view project_in(std::string_view path) {
    for (std::string_view const root :
         {std::string_view("/v1/stream/"), std::string_view("/v1/config/"),
          std::string_view("/v1/reader-key/"), std::string_view("/v1/estuary/subscribe/"),
          std::string_view("/v1/estuary/publish/"), std::string_view("/v1/estuary/")}) {
        if (!path.starts_with(root)) continue;
        auto const rest = path.substr(root.size());
        return rest.substr(0, rest.find('/'));
    }
    return {};
}

// 86,400 lines a day at most.
bool AccessLog::may_write(Time now) {
    if (what_ == AccessLogged::all) return true;
    auto const paid = std::max(paid_until_, now - k_ahead);
    if (paid > now) return false;
    paid_until_ = paid + k_for_a_line;
    return true;
}

void AccessLog::note(Served const& served, Time now) {
    if (!may_write(now)) {
        ++left_out_;
        return;
    }
    auto const target = loggable_target(served.path, served.query);
    if (auto const left_out = std::exchange(left_out_, 0); left_out > 0)
        log_event(Level::info, "request.left_out", {{"lines", left_out}});
    log_event(Level::info, "request",
              {{"method", served.method},
               {"path", target},
               {"status", served.status},
               {"ms", served.took.count()},
               {"bytes", served.bytes},
               {"project", project_in(served.path)},
               {"client", to_text(served.client)}});
}

void AccessLog::note(http::Exchange const& exchange, int status, std::uint64_t bytes) {
    auto const now = std::chrono::steady_clock::now();
    auto const took = now - exchange.started();
    if (auto const* const live = exchange.waiter<LiveRead>()) {
        auto const path = stream_path(live->stream->name);
        auto const query = loggable_query(live->context.query);
        auto const client = live->client ? *live->client : exchange.peer();
        note({"GET", path, query, status, took, bytes, client}, now);
    } else if (exchange.has_request()) {
        auto const& request = exchange.request();
        auto const client = exchange.client().address;
        note({name_of(request.method), request.path, request.query, status, took, bytes, client},
             now);
    }
}

} // namespace ds::streams
