// Whether the databases of the lanes are those that the data directory knows.
//
// A lane's database has a mark from its birth, and counts its starts; ds.db remembers both of each
// lane. So a database that is missing, that is another's, or that was put back from an older copy
// is found before anything is written.
#pragma once

#include "base/result.h"
#include "storage/data_directory.h"
#include "storage/hot_log.h"

namespace ds {

// Before the database is opened, which would make it: Fault::missing when it was there, and is
// missing or empty.
Result<void> check_lane_file(DataDirectory const& directory, unsigned lane);
// Fault::corrupt when it is another's, or older than it was.
Result<void> check_birth(DataDirectory const& directory, unsigned lane, HotLog& log);
// Counts a start, in the lane first: the database is the lane's from now on.
Result<void> count_start(DataDirectory const& directory, unsigned lane, HotLog& log);

} // namespace ds
