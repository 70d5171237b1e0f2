// The least a durable HTTP server can do: one epoll thread that finds where a request ends, a
// second one that writes and syncs all bodies that came meanwhile (group commit), then 204 for
// each.
//
// What a real server does on top of it (routing, validation, numbering, an index, recovery) is the
// ratio that the benchmarks print. The file is filled beforehand, so a sync does not have to grow
// it.
#pragma once

#include "bench/load.h"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ds {

class Ceiling {
public:
    // Listens on a port of its own; writes to `file`; both threads run on `cpu`.
    Ceiling(std::string const& file, std::optional<unsigned> cpu);
    ~Ceiling();
    Ceiling(Ceiling const&) = delete;
    Ceiling& operator=(Ceiling const&) = delete;

    std::uint16_t port() const { return port_; }

private:
    struct Work {
        std::string bodies;
        std::vector<int> sockets; // to be answered when `bodies` is on disk
        bool empty() const { return sockets.empty(); }
    };
    void listen_on_loopback();
    void answer_requests();
    void accept_all();
    void read_request(int socket);
    void commit_batches();
    void answer_committed();
    void forget(int socket);

    std::optional<unsigned> cpu_;
    int file_ = -1;
    std::int64_t file_at_ = 0;
    int listener_ = -1;
    int epoll_ = -1;
    int wake_ = -1; // an eventfd: a batch is committed, or it is time to stop
    std::uint16_t port_ = 0;
    std::map<int, std::string> requests_; // by socket: what has come of the next one
    Work arriving_;                       // epoll thread only

    std::mutex mutex_;
    std::condition_variable something_;
    Work pending_;   // guarded
    Work committed_; // guarded
    bool stopping_ = false;

    std::thread front_;
    std::thread back_;
};

} // namespace ds
