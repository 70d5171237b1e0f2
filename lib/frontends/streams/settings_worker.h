// Changes of settings, which wait for the disk, on a thread that serves nobody meanwhile.
//
// Each is a commit of its own, so that a tenant who asks for many would make all others wait that
// share a thread with him.
#pragma once

#include "base/bounded_queue.h"
#include "base/guarded.h"
#include "engine/courier.h"
#include "http/response.h"

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>

namespace ds::streams {

class Services;

class SettingsWorker {
public:
    SettingsWorker();
    ~SettingsWorker();

    // Answers the request that waits at `services` under `ticket` with what `work` returns. False
    // when too many changes wait, in all or of the project.
    using Work = std::function<http::Response()>;
    [[nodiscard]] bool submit(Services& services, Ticket ticket, std::string const& project,
                              Work work);

    // Before the services go: what still waits is not done.
    void stop();

private:
    struct Job {
        Services* services = nullptr;
        Ticket ticket = 0;
        std::string project;
        Work work;
    };
    void run();
    void forget(std::string const& project);

    BoundedQueue<Job> queue_;
    std::atomic<bool> stopping_ = false;
    Guarded<std::map<std::string, std::size_t>> waiting_; // by project
    std::thread thread_;
};

} // namespace ds::streams
