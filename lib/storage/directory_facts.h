// What a data directory remembers by name, for who knows only where it is. No lock is needed.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

namespace sqlite {
class Database;
}

// The version of its tables.
inline constexpr std::int64_t k_facts_version = 1;

// ds.db of the directory at `path`, with its tables; made when it is missing. Errors name the file.
Result<sqlite::Database> open_facts(std::string const& path);

// Durable when it returns. From any thread.
Result<std::optional<std::string>> fact_of(std::string const& path, std::string_view name);
Result<void> set_fact_of(std::string const& path, std::string_view name, std::string_view value);

// The fact that the directory has, or had, projects. Nothing takes it away: whoever served it to
// everybody once its projects are lost would give away what tokens had guarded.
inline constexpr std::string_view k_fact_projects = "projects";

} // namespace ds
