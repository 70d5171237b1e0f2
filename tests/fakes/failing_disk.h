// A disk with a switch: every SQLite file of the process goes through it once it is installed.
#pragma once

#include <cstdint>

namespace ds::test {

enum class Disk : std::uint8_t {
    well,
    full,       // writes find no space
    sync_fails, // writes work, fsync does not
};

// While it lives, set() decides how the disk behaves. One at a time.
class FailingDisk {
public:
    FailingDisk();
    ~FailingDisk();
    FailingDisk(FailingDisk const&) = delete;
    FailingDisk& operator=(FailingDisk const&) = delete;

    void set(Disk state);
    // Syncs that were asked for since the beginning.
    std::uint64_t syncs() const;
};

} // namespace ds::test
