// What an operator is told: values only.
#pragma once

#include "engine/fanout_counts.h"
#include "engine/head.h"
#include "engine/stream.h"
#include "storage/segment_table.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::upkeep {

// All streams, those of a project, or a single one.
struct Scope {
    std::string project; // empty: all
    std::string stream;  // full name, "project/stream"; empty: all of the project

    bool covers(StreamName const& name) const {
        if (!stream.empty()) return name.full() == stream;
        return project.empty() || name.project() == project;
    }
};

// A stream as far as memory knows it.
struct StreamSummary {
    std::string name;
    std::int64_t id = 0;
    std::string content_type;
    Life life = Life::live;
    Offset tail;
    Offset earliest; // where retention lets it begin
    std::uint64_t end = 0;
    std::uint64_t messages = 0;
    bool closed = false;
    std::uint64_t hot_rows = 0;
    std::uint64_t hot_bytes = 0; // of the rows' bodies
    std::uint64_t segments = 0;  // that lie in the store
    std::uint64_t waiting = 0;   // sealed segments that do not lie there yet
    std::uint32_t forks = 0;
};

struct StreamReport {
    StreamSummary summary;
    std::int64_t id = 0;
    Exposure exposure;
    std::int64_t created_ms = 0;
    std::int64_t touched_ms = 0; // 0 for a stream that lives for ever
    Lifetime lifetime;
    std::optional<Millis> ends;
    std::uint64_t kept_messages = 0; // that retention has left
    std::uint32_t open_messages = 0; // of the segment that is being filled
    std::uint64_t open_bytes = 0;
    Offset rotated_until;                // what lies before is in the store
    std::vector<SegmentRecord> segments; // without their stripes
    std::vector<std::pair<std::string, KnownProducer>> producers;
    std::optional<std::string> stream_seq;
    std::string forked_from; // full name of the source; empty unless it is a fork
    std::optional<Offset> forked_at;
    std::vector<std::string> fork_names;
    Retention retention; // what applies to it
};

// Counted since the start.
struct ColdCounts {
    std::uint64_t gets = 0; // ranged gets for readers
    std::uint64_t got_bytes = 0;
    std::uint64_t cached_stripes = 0; // found in memory
    std::uint64_t read_ahead = 0;     // gets nobody waited for
    std::uint64_t faults = 0;         // reads that failed
    std::uint64_t rotated_segments = 0;
    std::uint64_t rotated_bytes = 0;
    std::uint64_t rotate_faults = 0;
    std::uint64_t removed_objects = 0;
};

// Of the fan-out, as FanoutCounts.
struct FanoutReport {
    std::uint64_t publishes = 0;
    std::uint64_t copies = 0;
    std::uint64_t failures = 0;
    std::uint64_t announced = 0;
    std::uint64_t estuaries = 0;
    std::uint64_t subscriptions = 0;
    std::uint64_t sources_behind = 0;
    std::uint64_t appends_owed = 0;
    std::uint64_t circuits_open = 0;
    std::uint64_t set_aside = 0;
    std::array<std::uint64_t, k_fanout_delays_ms.size() + 1> delays{};
};

// A stream whose copies cannot be made, and why.
struct SetAside {
    std::string stream;
    std::string error;
    Offset from; // what is behind it is owed
};

struct DirectoryReport {
    std::string data;
    std::string identity;
    std::string store; // where segments go; empty: nowhere
    unsigned lanes = 1;
    std::uint64_t streams = 0;
    std::uint64_t hot_rows = 0;
    std::uint64_t hot_bytes = 0;
    std::uint64_t database_bytes = 0; // files of the hot log, write-ahead logs included
    std::uint64_t segments = 0;
    std::uint64_t segment_bytes = 0;       // as they lie in the store
    std::uint64_t waiting = 0;             // sealed segments that are not in the store yet
    std::optional<std::string> sickness;   // why writes are refused
    std::optional<std::string> store_sick; // why segments are not written or read
    ColdCounts counts;
    FanoutReport fanout;
    std::vector<SetAside> set_aside;
    std::vector<std::pair<std::string, std::uint64_t>> refused;  // by each limit, since the start
    std::vector<std::pair<std::string, std::uint64_t>> projects; // and how many streams each has
};

} // namespace ds::upkeep
