// One line per event worth a person's attention, on standard error.
//
// JSON for programs ({"time":..,"level":..,"event":..,"key":value}), a readable line on a terminal.
// Lines are written whole, from any thread. A fault is logged once, where it is handled.
//
//     log_event(Level::warn, "lane.sick", {{"lane", "0"}, {"error", error.what}});
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace ds {

enum class Level { debug, info, warn, error };
enum class LogForm { json, text };

// What main decides once, before any other thread starts.
void set_log(Level least, LogForm form);

using LogField = std::pair<std::string_view, std::string>;
void log_event(Level level, std::string_view event, std::initializer_list<LogField> fields = {});

} // namespace ds
