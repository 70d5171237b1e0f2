// Options in, one line of JSON out.
#include "bench/measure.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>

namespace ds {

Target target_from(Arguments const& arguments) {
    if (!arguments.has("--port")) give_up("--port is missing");
    Target target;
    target.port = static_cast<std::uint16_t>(arguments.number("--port", 0));
    target.dialect = dialect_named(arguments.text("--dialect", "ds"));
    target.base = arguments.text("--base", target.base);
    target.token = arguments.text("--token", "");
    return target;
}

std::chrono::nanoseconds seconds_option(Arguments const& arguments, double otherwise) {
    auto seconds = otherwise;
    if (arguments.has("--seconds")) {
        auto const text = arguments.text("--seconds", "");
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (error != std::errc{} || end != text.data() + text.size() || !(seconds > 0))
            give_up("--seconds takes a number above 0, not \"" + text + "\"");
    }
    return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

std::string content_type_option(Arguments const& arguments) {
    return arguments.text("--content-type", "application/json");
}

std::string stream_name(std::string_view prefix, std::uint64_t number) {
    auto const digits = std::to_string(number);
    std::string name(prefix);
    name.append("-").append(k_stream_digits - std::min(k_stream_digits, digits.size()), '0');
    return name.append(digits);
}

ServerUse::ServerUse(Arguments const& arguments) {
    if (arguments.has("--pid")) watch_.emplace(static_cast<int>(arguments.number("--pid", 0)));
}

void ServerUse::begin() {
    time_begin_ = time_end_ = LoadClock::now();
    if (watch_) cpu_begin_ = cpu_end_ = watch_->cpu_time();
}

void ServerUse::end() {
    time_end_ = LoadClock::now();
    if (watch_) cpu_end_ = watch_->cpu_time();
}

double ServerUse::cpu_percent() const {
    auto const share = std::chrono::duration<double>(cpu_time()) / (time_end_ - time_begin_);
    return 100 * share;
}

void Report::add_raw(std::string_view name, std::string_view json) {
    text_.append(text_.empty() ? "{\"" : ",\"").append(name).append("\":").append(json);
}

Report& Report::add(std::string_view name, std::string_view value) {
    add_raw(name, nlohmann::json(value).dump());
    return *this;
}

Report& Report::add(std::string_view name, char const* value) {
    return add(name, std::string_view(value));
}

Report& Report::add(std::string_view name, std::uint64_t value) {
    add_raw(name, std::to_string(value));
    return *this;
}

Report& Report::add(std::string_view name, double value) {
    add_raw(name, std::isfinite(value) ? format_text("%.4f", value) : "null");
    return *this;
}

Report& Report::add(std::string_view name, bool value) {
    add_raw(name, value ? "true" : "false");
    return *this;
}

Report& Report::add_times(Histogram const& times, std::string_view prefix) {
    auto const add_one = [&](std::string_view name, double value) {
        add(std::string(prefix).append(name), times.count() > 0 ? value : std::nan(""));
    };
    add_one("p50_ms", times.p50_ms());
    add_one("p99_ms", times.p99_ms());
    add_one("max_ms", times.max_ms());
    return *this;
}

Report& Report::add_server(ServerUse const& use, std::uint64_t operations) {
    if (!use.watched()) return *this;
    auto const cpu_us = std::chrono::duration<double, std::micro>(use.cpu_time()).count();
    add("server_cpu_us", cpu_us / static_cast<double>(operations));
    add("server_cpu_percent", use.cpu_percent());
    return add("rss_mib", use.rss_mib());
}

Report& Report::add_target(Target const& target) {
    return add("dialect", name_of(target.dialect));
}

void Report::print() {
    std::cout << text_ << "}" << std::endl;
}

} // namespace ds
