// The projects of a data directory, as DIR/projects.db keeps them (mode 0600: their keys are in
// it).
//
//     project      name, its settings as a JSON document, when it was made
//     reader_key   how often the reader key of a stream was changed
//     secret       what reader keys are made of: 32 random bytes
//
// In a file of its own, so that a copy of the other files gives nobody's keys away.
#pragma once

#include "base/result.h"
#include "storage/sqlite.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ds {

struct ProjectRow {
    std::string name;
    std::string settings;
    std::int64_t created_ms = 0;
};

class ProjectTable {
public:
    // Makes what is missing in the data directory `data`, which must exist.
    static Result<ProjectTable> open(std::string const& data);

    std::string const& secret() const { return secret_; }
    Result<void> each(std::function<Result<void>(ProjectRow)> const& visit);
    Result<void> each_reader_key(
        std::function<void(std::string_view stream, std::uint64_t changes)> const& visit);

    // Each is on the disk when it returns, or has changed nothing.
    Result<void> put(ProjectRow const& row);
    // With what was kept for its streams.
    Result<void> remove(std::string_view name);
    Result<void> set_reader_key(std::string_view stream, std::uint64_t changes);

private:
    static Result<ProjectTable> open_tables(std::string const& path);
    explicit ProjectTable(sqlite::Database database) : database_(std::move(database)) {}

    sqlite::Database database_;
    std::string secret_;
};

} // namespace ds
