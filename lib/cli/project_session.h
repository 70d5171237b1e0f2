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

// The name of a stream within its project. Elsewhere a stream is named with its project: that is
// taken off, and told, since a stream's own name may begin so.
std::string stream_within(std::string const& project, std::string const& name);

// "settings" as people read them, from the JSON document of a project.
std::string project_text(std::string const& document);

// Shows `page`, which tells a new secret. When it cannot be written the deed is taken back with the
// arguments `undo`, since a secret that nobody has read is of no use and cannot be shown again;
// `undone` and `stays` say what became of it.
ExitCode show_secret(OperatorOptions const& options, std::string const& page,
                     std::string const& undo, std::string const& undone, std::string const& stays);

} // namespace ds
