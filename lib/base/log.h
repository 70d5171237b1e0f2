// One line per event worth a person's attention, on standard error.
//
// JSON for programs ({"time":..,"level":..,"event":..,"key":value}), a readable line on a terminal.
// Lines are written whole, from any thread. A fault is logged once, where it is handled.
//
//     log_event(Level::warn, "lane.sick", {{"lane", 0}, {"error", error.what}});
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace ds {

enum class Level { debug, info, warn, error };
enum class LogForm { json, text };

// What main decides once, before any other thread starts.
void set_log(Level least, LogForm form);

// Text, or what JSON writes without quotes: numbers, and whether something holds.
struct LogValue {
    LogValue(std::string value) : text(std::move(value)) {}
    LogValue(std::string_view value) : text(value) {}
    LogValue(char const* value) : text(value) {}
    LogValue(std::same_as<bool> auto value) : text(value ? "true" : "false"), bare(true) {}
    LogValue(std::integral auto value) requires(!std::same_as<decltype(value), bool>)
        : text(std::to_string(value)),
          bare(true) {}
    // To the thousandth.
    LogValue(double value);

    std::string text;
    bool bare = false;
};
struct LogField {
    std::string_view key;
    LogValue value;
};
void log_event(Level level, std::string_view event, std::initializer_list<LogField> fields = {});

} // namespace ds
