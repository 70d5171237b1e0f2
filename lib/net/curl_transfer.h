// One request on one handle of libcurl: its options, its callbacks and its end. For curl_fetch and
// curl_async_fetch, which alone see libcurl.
#pragma once

#include "net/fetch.h"

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace ds {

// Once for the program, before anything else of libcurl.
void start_libcurl();

class CurlTransfer {
public:
    // Fault::invalid for a request that must not be sent: to be asked first.
    static Result<void> check(FetchRequest const& request);
    // Sets the options of `handle`, which has none yet. All that is named must live until the end.
    // `authorities` as of CurlFetch.
    CurlTransfer(CURL* handle, FetchRequest const& request, BodyTaker& takes,
                 std::string authorities = {});
    CurlTransfer(CurlTransfer const&) = delete;
    CurlTransfer& operator=(CurlTransfer const&) = delete;

    // Once, after libcurl has said `code`.
    Result<FetchReply> end(CURLcode code);

    // Of the callbacks.
    bool goes_on(Flow flow);
    bool tell_head();

    CURL* const curl;
    BodyTaker& taker;
    std::chrono::milliseconds const stall;
    Reach const reach;
    FetchReply reply{};
    bool stopped = false; // the taker has had enough
    bool stalled = false;
    bool out_of_reach = false;
    std::size_t head_bytes = 0;
    curl_off_t moved = 0;
    std::chrono::steady_clock::time_point moved_at = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point idle_told_at = moved_at;

private:
    struct FreeList {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };
    std::unique_ptr<curl_slist, FreeList> headers_;
    std::array<char, CURL_ERROR_SIZE> text_{};
    std::string const authorities_;
    bool told_head_ = false;
};

} // namespace ds
