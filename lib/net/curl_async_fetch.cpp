// The thread that carries requests, and how they come to it and go.
#include "net/curl_async_fetch.h"

#include "base/ensure.h"
#include "net/curl_transfer.h"

#include <pthread.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace ds {

namespace {

// Connections that are kept for the next request.
constexpr long k_kept_connections = 64;
// Takers are told about once a second that nothing moves, so somebody has to look.
constexpr int k_look_ms = 500;
constexpr int k_idle_ms = 60'000;

// As much of a body as was asked for.
class FirstBytes final : public BodyTaker {
public:
    explicit FirstBytes(std::size_t most) : most_(most) {}
    std::string body;

    Flow on_head(FetchReply const&) override { return Flow::more; }
    Flow on_bytes(std::string_view bytes) override {
        body.append(bytes.substr(0, most_ - body.size()));
        return body.size() < most_ ? Flow::more : Flow::stop;
    }

private:
    std::size_t const most_;
};

} // namespace

struct CurlAsyncFetch::Call {
    explicit Call(AsyncRequest wanted) : asked(std::move(wanted)), taker(asked.reply_bytes_max) {
        asked.request.body = asked.body;
    }
    ~Call() { curl_easy_cleanup(curl); }
    Call(Call const&) = delete;
    Call& operator=(Call const&) = delete;

    AsyncRequest asked;
    FirstBytes taker;
    CURL* curl = nullptr;
    std::optional<CurlTransfer> transfer;
};

struct CurlAsyncFetch::Multi {
    CURLM* multi = curl_multi_init();
    std::unordered_map<CURL*, std::unique_ptr<Call>> under_way;

    Multi() {
        ENSURE(multi != nullptr); // the program has just begun
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, k_kept_connections);
    }
    ~Multi() {
        while (!under_way.empty())
            static_cast<void>(take(under_way.begin()->first));
        curl_multi_cleanup(multi);
    }
    Multi(Multi const&) = delete;
    Multi& operator=(Multi const&) = delete;

    Result<void> add(std::unique_ptr<Call> const& call) {
        TRY(CurlTransfer::check(call->asked.request));
        call->curl = curl_easy_init();
        if (call->curl == nullptr) return Error{Fault::io, "out of memory"};
        call->transfer.emplace(call->curl, call->asked.request, call->taker);
        // A look-up that hangs is left behind; otherwise its end would be waited for.
        curl_easy_setopt(call->curl, CURLOPT_QUICK_EXIT, 1L);
        if (curl_multi_add_handle(multi, call->curl) == CURLM_OK) return {};
        return Error{Fault::io, "the request could not be begun"};
    }
    std::unique_ptr<Call> take(CURL* curl) {
        auto const found = under_way.find(curl);
        if (found == under_way.end()) return nullptr;
        auto call = std::move(found->second);
        under_way.erase(found);
        curl_multi_remove_handle(multi, curl);
        return call;
    }
};

CurlAsyncFetch::CurlAsyncFetch() : multi_((start_libcurl(), std::make_unique<Multi>())) {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "ds-fetch");
        run();
    });
}

CurlAsyncFetch::~CurlAsyncFetch() {
    stop();
}

void CurlAsyncFetch::stop() {
    inbox_.lock()->stopping = true;
    curl_multi_wakeup(multi_->multi);
    if (thread_.joinable()) thread_.join();
}

void CurlAsyncFetch::start(AsyncRequest asked) {
    auto call = std::make_unique<Call>(std::move(asked));
    {
        auto inbox = inbox_.lock();
        if (inbox->stopping) return;
        inbox->calls.push_back(std::move(call));
    }
    curl_multi_wakeup(multi_->multi);
}

void CurlAsyncFetch::run() {
    while (!inbox_.lock()->stopping) {
        take_arrived();
        int running = 0;
        curl_multi_perform(multi_->multi, &running);
        finish_ended();
        curl_multi_poll(multi_->multi, nullptr, 0, running > 0 ? k_look_ms : k_idle_ms, nullptr);
    }
}

void CurlAsyncFetch::take_arrived() {
    for (auto& call : std::exchange(inbox_.lock()->calls, {})) {
        auto const added = multi_->add(call);
        if (!added)
            call->asked.done(added.error());
        else
            multi_->under_way[call->curl] = std::move(call);
    }
}

void CurlAsyncFetch::finish_ended() {
    int left = 0;
    while (auto const* const message = curl_multi_info_read(multi_->multi, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        auto const code = message->data.result; // gone with the handle
        auto const call = multi_->take(message->easy_handle);
        if (!call) continue;
        auto reply = call->transfer->end(code);
        if (reply) reply->body = std::move(call->taker.body);
        call->asked.done(std::move(reply));
    }
}

} // namespace ds
