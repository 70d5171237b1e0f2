// What a report's counts, texts and times are called in its JSON document: one list for writing it
// and for reading it back.
#pragma once

#include "loadtest/report.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace ds {

inline constexpr char const* k_report_format = "ds-loadtest-1";

template <typename Object, typename Value>
using Member = std::pair<char const*, Value Object::*>;
template <typename Object>
using CountMember = Member<Object, std::uint64_t>;

inline constexpr std::array<Member<LoadPlan, std::string>, 5> k_plan_texts{{
    {"url", &LoadPlan::url},
    {"write_url", &LoadPlan::write_url},
    {"project", &LoadPlan::project},
    {"run", &LoadPlan::run},
    {"cache_header", &LoadPlan::cache_header},
}};
inline constexpr std::array<CountMember<LoadPlan>, 3> k_plan_counts{{
    {"clients", &LoadPlan::clients},
    {"streams", &LoadPlan::streams},
    {"message_bytes", &LoadPlan::message_bytes},
}};
inline constexpr std::array<Member<LoadPlan, std::chrono::milliseconds>, 3> k_plan_times{{
    {"write_interval_ms", &LoadPlan::write_interval},
    {"duration_ms", &LoadPlan::duration},
    {"ramp_up_ms", &LoadPlan::ramp_up},
}};
inline constexpr std::array<Member<LoadReport, std::string>, 3> k_report_texts{{
    {"server", &LoadReport::server},
    {"machine", &LoadReport::machine},
    {"version", &LoadReport::version},
}};
inline constexpr std::array<CountMember<ReaderTally>, 11> k_reader_counts{{
    {"clients", &ReaderTally::clients},
    {"requests", &ReaderTally::requests},
    {"reconnects", &ReaderTally::reconnects},
    {"batches", &ReaderTally::batches},
    {"messages", &ReaderTally::messages},
    {"body_bytes", &ReaderTally::bytes},
    {"gaps", &ReaderTally::gaps},
    {"duplicates", &ReaderTally::duplicates},
    {"errors", &ReaderTally::errors},
    {"misses", &ReaderTally::misses},
    {"miss_wait_us", &ReaderTally::miss_wait_us},
}};
inline constexpr std::array<CountMember<ReaderTally>, 3> k_offset_counts{{
    {"least", &ReaderTally::offsets_least},
    {"most", &ReaderTally::offsets_most},
    {"total", &ReaderTally::offsets},
}};
inline constexpr std::array<CountMember<WriterTally>, 5> k_writer_counts{{
    {"writers", &WriterTally::writers},
    {"appends", &WriterTally::appends},
    {"errors", &WriterTally::errors},
    {"late", &WriterTally::late},
    {"body_bytes", &WriterTally::bytes},
}};
inline constexpr std::array<CountMember<Second>, 4> k_second_counts{{
    {"messages", &Second::messages},
    {"appends", &Second::appends},
    {"errors", &Second::errors},
    {"readers", &Second::readers},
}};

} // namespace ds
