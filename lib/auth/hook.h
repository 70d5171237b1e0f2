// The external hook: a URL that is asked, over HTTP, whether a request may pass.
//
// A few threads ask; nobody else ever waits. A question that is being asked already is not asked
// twice, and a verdict is kept for as long as the hook's answer allows. Every question is answered
// within `timeout`, also those that no thread came to: "unknown" is an answer, too.
//
//     ask() ── same question in flight? ── wait with it
//        └─ queue, bounded ── a thread ── GET url ── verdict ── kept ── told to all who wait
#pragma once

#include "auth/verdict.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/lru.h"
#include "base/text_hash.h"
#include "net/fetch.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace ds {

struct HookOptions {
    std::string url; // as check_hook_url wants it
    std::chrono::milliseconds timeout{5'000};
    std::size_t threads = 32;                // questions that are asked at once
    std::size_t questions_max = 1024;        // that are asked, or wait for a thread
    std::size_t kept_bytes_max = 16 * k_mib; // about 60 000 verdicts
};

// What the hook is told of a request. The texts stand for everything that may decide: no secret can
// be read from them.
struct HookQuestion {
    HeaderMap headers;
    std::string exact; // equal ones in flight are one call
    std::string kept;  // what a verdict that may be kept is kept for
};

// Fault::invalid, with the reason, for what is no URL of a hook.
Result<void> check_hook_url(std::string const& url);

class Hook {
public:
    // `fetch` and `clock` outlive it.
    Hook(HookOptions options, Fetch& fetch, Clock const& clock);
    ~Hook();
    Hook(Hook const&) = delete;
    Hook& operator=(Hook const&) = delete;

    std::optional<Verdict> remembered(HookQuestion const& question);
    // `told` is called once, on a thread of the hook. False when too many wait, or it was stopped.
    using Told = std::function<void(Verdict const&)>;
    [[nodiscard]] bool ask(HookQuestion question, Told told);

    // Why there are no verdicts at the moment; empty when there are.
    std::optional<std::string> sickness() const { return *sickness_.lock(); }

    // Nobody is told anything any more once it returns. It waits for a second at most.
    void stop();

private:
    using Steady = std::chrono::steady_clock;
    struct Flight {
        HookQuestion question;
        Steady::time_point until; // when it has to be answered
        std::vector<Told> waiting;
    };
    struct State {
        std::unordered_map<std::string, std::shared_ptr<Flight>> flights; // by exact question
        std::deque<std::shared_ptr<Flight>> queue;
        bool stopped = false;
    };
    struct Kept {
        Verdict verdict;
        Millis until;
    };

    void work();
    std::shared_ptr<Flight> next();
    Verdict verdict_on(Flight const& flight);
    Result<FetchReply> call(Flight const& flight);
    void keep(HookQuestion const& question, Verdict const& verdict, HeaderMap const& headers);
    void note(std::optional<std::string> why);

    HookOptions const options_;
    Fetch& fetch_;
    Clock const& clock_;
    Lru<std::string, Kept, TextHash> kept_;
    Guarded<std::optional<std::string>> sickness_;
    Guarded<State> state_;
    std::condition_variable asked_;
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

} // namespace ds
