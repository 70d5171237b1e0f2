// Operations on the projects and the retention of a server that is elsewhere, over its HTTP routes.
#pragma once

#include "base/result.h"
#include "cli/operator_session.h"

#include <memory>

namespace ds {

// States --url, --admin-token-file and --ca-file.
void add_remote_options(CommandLine& line, RemoteOptions& options);

// With the administrator's token, else with DS_TOKEN. Asks nothing yet.
Result<std::unique_ptr<OperatorSession>> open_remote(RemoteOptions const& options);

} // namespace ds
