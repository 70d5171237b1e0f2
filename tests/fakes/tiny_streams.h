// A server of JSON streams that readers and writers of a load test can use, in this process.
#pragma once

#include "fakes/tiny_server.h"
#include "loadtest/load_plan.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace ds::test {

class TinyStreams {
public:
    TinyStreams()
        : server_([this](auto const& request, auto const& send) { return answer(request, send); }) {
    }
    ~TinyStreams() { server_.stop(); }
    TinyStreams(TinyStreams const&) = delete;
    TinyStreams& operator=(TinyStreams const&) = delete;

    std::string url() const { return server_.url(); }

private:
    struct Stream {
        std::vector<std::string> messages;
    };
    bool answer(TinyRequest const& request, TinyServer::Send const& send);
    bool append(TinyRequest const& request, TinyServer::Send const& send);
    bool long_poll(TinyRequest const& request, TinyServer::Send const& send);
    bool events(TinyRequest const& request, TinyServer::Send const& send);
    // What stands behind a place, when something does; waits a while for it.
    std::string wait_for_more(TinyRequest const& request, std::size_t& place);
    std::size_t place_of(TinyRequest const& request);

    std::mutex lock_;
    std::condition_variable grown_;
    std::map<std::string, Stream> streams_;
    TinyServer server_;
};

// A dozen readers of both kinds on three of its streams, and a message every 50 ms.
LoadPlan small_plan(std::string const& url);

} // namespace ds::test
