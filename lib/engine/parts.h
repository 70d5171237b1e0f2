// The parts of an engine, for whoever keeps its data directory in order: reports to operators,
// moves and removals of segments, settings, backups. Appends and reads need none of them.
//
// They live as long as the engine does. What they change is changed by their own rules: streams by
// an internal command to their lane (Engine::submit), everything else as each part says.
#pragma once

#include <chrono>
#include <cstdint>

namespace ds {

class Catalog;
class DataDirectory;
class History;
class OwnedStore;
class Removals;
class Retentions;
class Rotator;

struct EngineParts {
    DataDirectory const& directory;
    Catalog const& catalog;
    Retentions& retentions;
    std::chrono::milliseconds producer_retention;
    std::uint64_t recovered_rows; // found in the logs at the start
    // The object store, and what works on it. Null: there is none.
    OwnedStore* store;
    History const* history;
    Rotator* rotator; // null as well when nothing is rotated
    Removals* removals;
};

} // namespace ds
