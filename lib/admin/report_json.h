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

std::string json_of(upkeep::DirectoryReport const& report);
std::string json_of(upkeep::StreamSummary const& summary);
std::string json_of(upkeep::StreamReport const& report);
std::string json_of(SegmentRecord const& segment);
std::string json_of(upkeep::RotateTally const& tally);
std::string json_of(upkeep::CollectTally const& tally);
std::string json_of(std::vector<std::pair<std::string, Retention>> const& retentions);
std::string json_of(upkeep::BackupTally const& tally);
std::string json_of(upkeep::VerifyTally const& tally);
std::string json_of(upkeep::RestoreTally const& tally);
std::string json_of(upkeep::ImportTally const& tally);

} // namespace ds
