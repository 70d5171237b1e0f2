// One deed on a project (admin/project_operation.h), on a directory or through its server.
#pragma once

#include "base/result.h"
#include "cli/operator_session.h"

#include <string>

namespace ds {

// What the operation answers. `arguments` is a JSON object.
Result<std::string> on_project(OperatorOptions const& options, std::string const& arguments);

// Like fail(): but a project that is missing, or there already, has an exit code of its own.
ExitCode fail_project(Error const& error);

// "settings" as people read them, from the JSON document of a project.
std::string project_text(std::string const& document);

// Bytes of a file, or of standard input ("-").
Result<std::string> read_whole(std::string const& path);

} // namespace ds
