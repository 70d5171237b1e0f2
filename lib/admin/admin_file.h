// DIR/admin.json: where the operator's port of the server on a data directory is, and its token.
//
//     {"url":"http://127.0.0.1:40123","token":"<64 hex digits>","serves":"http://127.0.0.1:4437"}
//
// Only the owner may read it (mode 0600): who may read the data directory may operate its server.
// It is there whole or not at all, and goes when the server ends; one that was killed leaves it.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>

namespace ds {

struct AdminAddress {
    std::string url;
    std::string token;
    std::string serves{}; // where clients of the server ask; empty until it listens
};

std::string admin_file_path(std::string const& data);
Result<void> write_admin_file(std::string const& data, AdminAddress const& address);
// Empty when there is none.
Result<std::optional<AdminAddress>> read_admin_file(std::string const& data);
void remove_admin_file(std::string const& data);

} // namespace ds
