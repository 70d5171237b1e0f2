// Marks and starts, held against each other.
#include "storage/lane_births.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "storage/disk.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace ds {

namespace {

Error lost(Fault fault, DataDirectory const& directory, unsigned lane, std::string const& what) {
    return Error{fault, directory.lane_path(lane) + " " + what +
                            ", and its streams would be lost without a word; put the file back, or "
                            "make a new directory of what is in the object store with: ds restore, "
                            "or go on without what is lost with: ds serve --accept-loss"};
}

} // namespace

Result<void> check_lane_file(DataDirectory const& directory, unsigned lane) {
    auto const known = TRY(directory.known_lane(lane));
    if (!known) return {};
    struct stat facts {};
    auto const path = directory.lane_path(lane);
    bool const there = ::stat(path.c_str(), &facts) == 0;
    if (there && facts.st_size > 0) return {};
    if (!there && errno != ENOENT) return system_fault("look at " + path);
    return lost(Fault::missing, directory, lane,
                there ? "is empty, but the data directory knows that it was not"
                      : "is missing, but the data directory knows that it was there");
}

Result<void> check_birth(DataDirectory const& directory, unsigned lane, HotLog& log) {
    auto const known = TRY(directory.known_lane(lane));
    if (!known || known->mark.empty()) return {};
    auto const birth = TRY(log.birth());
    if (birth && birth->mark != known->mark)
        return lost(Fault::corrupt, directory, lane, "is not the one that the data directory had");
    if (birth && birth->starts >= known->starts) return {};
    return lost(Fault::corrupt, directory, lane,
                "is older than the data directory knows it (start " +
                    std::to_string(birth ? birth->starts : 0) + " of " +
                    std::to_string(known->starts) + ")");
}

Result<void> count_start(DataDirectory const& directory, unsigned lane, HotLog& log) {
    auto const known = TRY(directory.known_lane(lane));
    auto next = TRY(log.birth()).value_or(LaneBirth{hex_encode(random_bytes(8)), 0});
    next.starts = std::max(next.starts, known ? known->starts : 0) + 1;
    TRY(log.set_birth(next));
    return directory.note_lane(lane, next);
}

} // namespace ds
