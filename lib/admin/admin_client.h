// Asks the server that runs on a data directory to carry out an operation.
#pragma once

#include "admin/admin_file.h"
#include "admin/lines.h"
#include "base/result.h"
#include "net/fetch.h"

#include <string>
#include <string_view>

namespace ds {

class AdminClient {
public:
    // Fault::unreachable when no server has left its address in the directory. `fetch` outlives the
    // client.
    static Result<AdminClient> open(Fetch& fetch, std::string const& data);

    // Hands on each line as it comes, until the sink says no. An error when the server could not be
    // asked; what the operation came to is in the lines.
    Result<void> operate(std::string_view operation, std::string_view arguments,
                         LineSink const& sink) const;

private:
    AdminClient(Fetch& fetch, std::string data, AdminAddress address);
    Error nobody_there() const;

    Fetch& fetch_;
    std::string data_;
    AdminAddress address_;
};

} // namespace ds
