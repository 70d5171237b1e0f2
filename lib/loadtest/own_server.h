// A server of one's own for a load test: ds serve on a fresh directory, for as long as it is
// needed.
#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <memory>
#include <string>

namespace ds {

class OwnServer {
public:
    // Starts it on a loopback port and waits until it listens. Fault::io, with what it said, when
    // it does not.
    static Result<std::unique_ptr<OwnServer>> start();
    // Ends it, and removes its directory.
    ~OwnServer();
    OwnServer(OwnServer const&) = delete;
    OwnServer& operator=(OwnServer const&) = delete;

    std::string const& url() const { return url_; }
    pid_t process() const { return process_; }

private:
    explicit OwnServer(std::string directory) : directory_(std::move(directory)) {}
    Result<void> wait_until_it_listens();

    std::string directory_;
    std::string url_;
    pid_t process_ = -1;
};

} // namespace ds
