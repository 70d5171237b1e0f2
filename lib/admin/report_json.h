// Reports and tallies as JSON documents: what programs read of an operation, and what the command
// line makes its tables from.
//
// Instants and durations are milliseconds (_ms), sizes bytes; places in a stream are tokens. What
// does not apply is null.
#pragma once

#include "upkeep/backup.h"
#include "upkeep/import.h"
#include "upkeep/operations.h"
#include "upkeep/report.h"
#include "upkeep/restore.h"
#include "upkeep/verify.h"

#include <string>
#include <utility>
#include <vector>

namespace ds {

std::string json_of(DirectoryReport const& report);
std::string json_of(StreamSummary const& summary);
std::string json_of(StreamReport const& report);
std::string json_of(SegmentRecord const& segment);
std::string json_of(RotateTally const& tally);
std::string json_of(CollectTally const& tally);
std::string json_of(std::vector<std::pair<std::string, Retention>> const& retentions);
std::string json_of(BackupTally const& tally);
std::string json_of(VerifyTally const& tally);
std::string json_of(RestoreTally const& tally);
std::string json_of(ImportTally const& tally);

} // namespace ds
