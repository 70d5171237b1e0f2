// Plans: checked, and dealt out.
#include "loadtest/load_plan.h"

#include "model/stream_name.h"

#include <algorithm>
#include <cmath>

namespace ds {

namespace {

Error wrong(std::string what) {
    return {Fault::invalid, std::move(what)};
}

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// What would end a line of a request, or a word of it.
bool has_controls(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return c == ' ' || (c >= 0 && c < 0x20); });
}

bool is_web_address(std::string_view url) {
    return url.starts_with("http://") || url.starts_with("https://");
}

// How many of the first `count` clients read over SSE.
std::uint64_t sse_among(LoadPlan const& plan, std::uint64_t count) {
    return static_cast<std::uint64_t>(
        std::floor(static_cast<double>(count) * plan.sse_ratio + 0.5));
}

} // namespace

Result<void> check_plan(LoadPlan const& plan) {
    using std::chrono::hours;
    if (plan.url.starts_with("unix:") || plan.write_url.starts_with("unix:"))
        return wrong("--url and --write-url: load tests go over the network; name a port, as in "
                     "http://127.0.0.1:4437");
    if (!is_web_address(plan.url)) return wrong("--url must begin with http:// or https://");
    if (!is_web_address(plan.write_url))
        return wrong("--write-url must begin with http:// or https://");
    if (plan.clients_in_all == 0 || plan.clients_in_all > k_load_clients_max)
        return wrong("--clients must be from 1 to " + std::to_string(k_load_clients_max));
    if (plan.clients > plan.clients_in_all ||
        plan.first_client > plan.clients_in_all - plan.clients)
        return wrong("a part has clients that the whole does not have");
    if (plan.streams == 0 || plan.streams > k_load_streams_max)
        return wrong("--streams must be from 1 to " + std::to_string(k_load_streams_max));
    if (!(plan.sse_ratio >= 0 && plan.sse_ratio <= 1))
        return wrong("--sse-ratio must be from 0 to 1");
    if (plan.write_interval.count() < 1 || plan.write_interval > hours(1))
        return wrong("--write-interval must be from 1 ms to 1 h");
    if (plan.duration.count() < 1000 || plan.duration > hours(24 * 7))
        return wrong("--duration must be from 1 s to 7 days");
    if (plan.ramp_up.count() < 0 || plan.ramp_up > hours(24))
        return wrong("--ramp-up must be from 0 s to 1 day");
    if (plan.message_bytes < k_load_message_bytes_min ||
        plan.message_bytes > k_load_message_bytes_max)
        return wrong("--msg-size must be from " + std::to_string(k_load_message_bytes_min) +
                     " to " + std::to_string(k_load_message_bytes_max));
    if (!make_stream_name(plan.project, "x"))
        return wrong("--project must be the name of a project: 1 to 64 letters, digits, _ and -");
    if (plan.run.empty() || !std::ranges::all_of(plan.run, is_hex_digit))
        return wrong("a run is named by hexadecimal digits");
    if (has_controls(plan.url) || has_controls(plan.write_url) || has_controls(plan.token) ||
        has_controls(plan.cache_header))
        return wrong("URLs, tokens and names of headers have no blanks or line breaks");
    if (!plan.reader_keys.empty() && plan.reader_keys.size() != plan.streams)
        return wrong("there is not one reader key for each stream");
    if (plan.threads == 0 || plan.threads > 64) return wrong("--threads must be from 1 to 64");
    return {};
}

std::uint64_t stream_of(LoadPlan const& plan, std::uint64_t client) {
    return client % plan.streams;
}

ReadMode mode_of(LoadPlan const& plan, std::uint64_t client) {
    bool const sse = sse_among(plan, client + 1) > sse_among(plan, client);
    return sse ? ReadMode::sse : ReadMode::long_poll;
}

std::string stream_name_of(LoadPlan const& plan, std::uint64_t stream) {
    return plan.project + "/run-" + plan.run + "-" + std::to_string(stream);
}

std::chrono::nanoseconds start_of(LoadPlan const& plan, std::uint64_t client) {
    auto const whole = std::chrono::nanoseconds(plan.ramp_up);
    auto const share = static_cast<double>(client) / static_cast<double>(plan.clients_in_all);
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(share * static_cast<double>(whole.count())));
}

std::vector<LoadPlan> parts_of(LoadPlan const& plan, std::uint64_t count) {
    std::vector<LoadPlan> parts;
    auto const end = plan.first_client + plan.clients;
    for (std::uint64_t i = 0, at = plan.first_client; i < count; ++i) {
        auto part = plan;
        part.first_client = at;
        part.clients = (end - at) / (count - i);
        at += part.clients;
        parts.push_back(std::move(part));
    }
    return parts;
}

} // namespace ds
