// Many streams at once, over a few connections.
#include "loadtest/load_streams.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace ds {

namespace {

constexpr std::uint64_t k_at_once = 16;
constexpr auto k_slack = std::chrono::minutes(30);

FetchRequest request_for(LoadPlan const& plan, std::string method, std::uint64_t stream) {
    FetchRequest request;
    request.method = std::move(method);
    request.url = plan.write_url;
    while (request.url.ends_with('/'))
        request.url.pop_back();
    request.url += "/v1/stream/" + stream_name_of(plan, stream);
    if (!plan.token.empty()) request.headers.add("Authorization", "Bearer " + plan.token);
    return request;
}

// Why a stream could not be made, and what to do about it.
Error refusal(LoadPlan const& plan, int status) {
    auto const& url = plan.write_url;
    auto const with_status = " (status " + std::to_string(status) + ")";
    switch (status) {
    case 401:
        return {Fault::busy, url + (plan.token.empty() ? " wants a token" : " refuses the token") +
                                 with_status +
                                 ": sign one with --secret or DS_SECRET, or give one "
                                 "with --token or DS_TOKEN"};
    case 403:
        return {Fault::busy, url + " does not let this token make streams in the project " +
                                 plan.project + with_status + ": it must be one that manages them"};
    case 404:
    case 405:
    case 501:
        return {Fault::invalid, "there is no Durable Streams server at " + url +
                                    ", or not at this path: no stream can be made" + with_status};
    default:
        return {status == 429 || status >= 500 ? Fault::busy : Fault::invalid,
                url + " does not let streams be made" + with_status};
    }
}

// `deed` for each stream, on a few threads, until it says false.
void for_all(LoadPlan const& plan, std::function<bool(std::uint64_t)> const& deed) {
    std::atomic<std::uint64_t> next = 0;
    std::atomic<bool> goes_on = true;
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < std::min(plan.streams, k_at_once); ++i)
        threads.emplace_back([&] {
            for (auto stream = next++; stream < plan.streams && goes_on; stream = next++)
                if (!deed(stream)) goes_on = false;
        });
    for (auto& thread : threads)
        thread.join();
}

} // namespace

Result<void> create_streams(LoadPlan& plan, Fetch& fetch) {
    auto const lifetime =
        std::chrono::ceil<std::chrono::seconds>(plan.duration + plan.ramp_up + k_slack);
    std::vector<std::string> keys(plan.streams);
    std::mutex lock;
    std::optional<Error> trouble;
    auto const note = [&](Error error) {
        std::lock_guard const hold(lock);
        if (!trouble) trouble = std::move(error);
        return false;
    };
    for_all(plan, [&](std::uint64_t stream) {
        auto request = request_for(plan, "PUT", stream);
        request.headers.add("Content-Type", "application/json");
        request.headers.add("Stream-TTL", std::to_string(lifetime.count()));
        auto const reply = fetch.fetch(request);
        if (!reply) return note(Error(reply.error()).within(plan.write_url));
        if (reply->status != 201) return note(refusal(plan, reply->status));
        if (auto const key = reply->headers.get("Stream-Reader-Key")) keys[stream] = *key;
        return true;
    });
    if (trouble) return *std::move(trouble);
    bool const keyed = std::ranges::any_of(keys, [](auto const& key) { return !key.empty(); });
    if (keyed) plan.reader_keys = std::move(keys);
    return {};
}

std::uint64_t remove_streams(LoadPlan const& plan, Fetch& fetch) {
    std::atomic<std::uint64_t> left = 0;
    for_all(plan, [&](std::uint64_t stream) {
        auto const reply = fetch.fetch(request_for(plan, "DELETE", stream));
        if (!reply || (reply->status != 204 && reply->status != 404)) ++left;
        return reply.has_value();
    });
    return left;
}

} // namespace ds
