// The operations of a data directory: a name and JSON arguments in, JSON lines out (admin/lines.h).
// The same whether a server is asked or the command line has opened the directory itself.
//
//     inspect    {}                                   the directory
//     inspect    {"scope":"project/stream"}           {"stream":null} when there is none
//     streams    {"scope"?}                           items: streams; {"streams":n}
//     segments   {"scope"?}                           items: segments; {"segments":n, ..}
//     rotate     {"scope"?,"dry_run"?}
//     gc         {"grace_ms"?,"dry_run"?}
//     retention  {"scope"?}                           what is set
//     retention  {"scope","set":{"age_ms"?,"bytes"?,"messages"?}}     all zero: no limit any more
//     project    {"name"?,"do"?,..}                   admin/project_operation.h
//     backup     {"keep"?}
//     verify     {"scope"?}
//     rekey      {}                                   another key signs webhooks: {"kid":".."}
//
// A scope with a slash is a stream, "project/stream"; a word without one is a project; "" is all.
#pragma once

#include "admin/console.h"
#include "admin/lines.h"

#include <string_view>

namespace ds {

// Returns after the last line. When the sink says no, the operation stops as soon as it can, and
// what it has done by then stays done. Never throws.
void operate(Console& console, std::string_view name, std::string_view arguments,
             LineSink const& sink);

// Project and stream of a scope's text. Fault::invalid for what can be neither.
Result<upkeep::Scope> parse_scope(std::string_view text);

} // namespace ds
