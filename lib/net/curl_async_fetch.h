// AsyncFetch over libcurl: one thread carries all requests that are under way, however many.
//
// It keeps the promises of net/curl_fetch, and shares its connections among its requests: whoever
// limits how far requests may reach uses one of its own.
#pragma once

#include "base/guarded.h"
#include "net/async_fetch.h"

#include <memory>
#include <thread>
#include <vector>

namespace ds {

class CurlAsyncFetch final : public AsyncFetch {
public:
    CurlAsyncFetch();
    ~CurlAsyncFetch() override;
    CurlAsyncFetch(CurlAsyncFetch const&) = delete;
    CurlAsyncFetch& operator=(CurlAsyncFetch const&) = delete;

    void start(AsyncRequest asked) override;
    void stop() override;

private:
    struct Call;
    struct Multi;
    struct Inbox {
        std::vector<std::unique_ptr<Call>> calls;
        bool stopping = false;
    };
    void run();
    void take_arrived();
    void finish_ended();

    std::unique_ptr<Multi> const multi_;
    Guarded<Inbox> inbox_;
    std::thread thread_; // last: everything above exists before it runs
};

} // namespace ds
