// One thread, one change after the other.
#include "frontends/streams/settings_worker.h"

#include "frontends/streams/services.h"

#include <pthread.h>

#include <chrono>
#include <utility>
#include <vector>

namespace ds::streams {

namespace {

constexpr std::size_t k_waiting_max = 1024;
constexpr std::size_t k_waiting_of_project_max = 16;

} // namespace

SettingsWorker::SettingsWorker()
    : queue_(k_waiting_max),
      thread_([this] {
          pthread_setname_np(pthread_self(), "ds-settings");
          run();
      }) {}

SettingsWorker::~SettingsWorker() {
    stop();
}

void SettingsWorker::stop() {
    stopping_ = true;
    queue_.close();
    if (thread_.joinable()) thread_.join();
}

bool SettingsWorker::submit(Services& services, Ticket ticket, std::string const& project,
                            Work work) {
    {
        auto waiting = waiting_.lock();
        auto& count = (*waiting)[project];
        if (count >= k_waiting_of_project_max) return false;
        ++count;
    }
    Job job{&services, ticket, project, std::move(work)};
    if (queue_.put(job)) return true;
    forget(project);
    return false;
}

void SettingsWorker::forget(std::string const& project) {
    auto waiting = waiting_.lock();
    auto const found = waiting->find(project);
    if (--found->second == 0) waiting->erase(found);
}

void SettingsWorker::run() {
    std::vector<Job> jobs;
    while (queue_.take_all(jobs, std::chrono::steady_clock::now() + std::chrono::hours(1))) {
        for (auto& job : jobs) {
            if (!stopping_) job.services->respond_later(job.ticket, job.work());
            forget(job.project);
        }
        jobs.clear();
    }
}

} // namespace ds::streams
