// One deed on a project (admin/project_operation.h), on a directory or through its server.
#pragma once

#include "cli/operator_session.h"

#include <string>
#include <variant>

namespace ds {

// What the operation answers; or how the command ends, and then it has been said why. `arguments`
// is a JSON object.
std::variant<std::string, ExitCode> on_project(OperatorOptions const& options,
                                               std::string const& arguments);

// "settings" as people read them, from the JSON document of a project.
std::string project_text(std::string const& document);

} // namespace ds
