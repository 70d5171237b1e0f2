// Asking the hook, and keeping what it said.
#include "auth/hook.h"

#include "base/bytes.h"
#include "base/encoding.h"
#include "base/log.h"

#include <pthread.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace ds {

namespace {

// Beyond it the connection to the hook is given up rather than read to the end.
constexpr std::size_t k_reply_bytes_max = 64 * k_kib;
// Of one question: connections that went away since are still among them.
constexpr std::size_t k_questions_max = 65'536;
// What an entry costs besides its challenge.
constexpr std::size_t k_verdict_bytes = 256;

// The head is all that counts. A short body is read, so that the connection can be used again.
class HeadOnly final : public BodyTaker {
public:
    explicit HeadOnly(std::atomic<bool> const& stopping) : stopping_(stopping) {}

    Flow on_head(FetchReply const&) override { return Flow::more; }
    Flow on_bytes(std::string_view bytes) override {
        read_ += bytes.size();
        return read_ > k_reply_bytes_max ? Flow::stop : Flow::more;
    }
    Flow on_idle() override { return stopping_ ? Flow::stop : Flow::more; }

private:
    std::atomic<bool> const& stopping_;
    std::size_t read_ = 0;
};

} // namespace

Result<void> check_hook_url(std::string const& url) {
    auto const wrong = [](std::string what) { return Error{Fault::invalid, std::move(what)}; };
    auto const scheme = url.find("://");
    auto const name = to_lower(url.substr(0, scheme));
    if (scheme == std::string::npos || (name != "http" && name != "https"))
        return wrong("want a URL such as http://127.0.0.1:9000/may");
    auto const rest = std::string_view(url).substr(scheme + 3);
    auto const authority = rest.substr(0, rest.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos)
        return wrong("a user or a password in it would be shown with the configuration");
    if (authority.empty() || authority.front() == ':') return wrong("it names no host");
    auto const fits = [](char c) { return c > ' ' && c < '\x7f' && c != '#'; };
    if (!std::all_of(url.begin(), url.end(), fits))
        return wrong("blanks, other characters than ASCII, and # do not belong there");
    return {};
}

Hook::Hook(HookOptions options, Fetch& fetch, Clock const& clock)
    : options_(std::move(options)),
      fetch_(fetch),
      clock_(clock),
      kept_(options_.kept_bytes_max) {
    for (std::size_t number = 0; number < options_.threads; ++number)
        threads_.emplace_back([this] { work(); });
}

Hook::~Hook() {
    stop();
}

void Hook::stop() {
    stopping_ = true;
    state_.lock()->stopped = true;
    asked_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

std::optional<Verdict> Hook::remembered(HookQuestion const& question) {
    auto found = kept_.find(question.kept);
    if (!found || clock_.now() >= found->until) return std::nullopt;
    return std::move(found->verdict);
}

bool Hook::ask(HookQuestion question, Told told) {
    {
        auto state = state_.lock();
        if (state->stopped) return false;
        auto const same = state->flights.find(question.exact);
        if (same != state->flights.end()) {
            if (same->second->waiting.size() >= k_questions_max) return false;
            same->second->waiting.push_back(std::move(told));
            return true;
        }
        if (state->flights.size() >= options_.questions_max) return false;
        auto const until = Steady::now() + options_.timeout;
        auto flight = std::make_shared<Flight>(Flight{std::move(question), until, {}});
        flight->waiting.push_back(std::move(told));
        state->queue.push_back(flight);
        state->flights.emplace(flight->question.exact, std::move(flight));
    }
    asked_.notify_one();
    return true;
}

std::shared_ptr<Hook::Flight> Hook::next() {
    auto state = state_.lock();
    state.wait(asked_, [](State const& now) { return now.stopped || !now.queue.empty(); });
    if (state->stopped) return nullptr;
    auto flight = std::move(state->queue.front());
    state->queue.pop_front();
    return flight;
}

void Hook::work() {
    pthread_setname_np(pthread_self(), "ds-hook");
    while (auto const flight = next()) {
        auto const verdict = verdict_on(*flight);
        std::vector<Told> waiting;
        {
            // From here on whoever asks the same is told what is kept, or asks anew.
            auto state = state_.lock();
            state->flights.erase(flight->question.exact);
            waiting = std::move(flight->waiting);
            if (state->stopped) return;
        }
        for (auto const& told : waiting)
            told(verdict);
    }
}

Verdict Hook::verdict_on(Flight const& flight) {
    auto const reply = call(flight);
    if (stopping_) return {};
    auto const verdict = reply ? verdict_of(*reply) : Result<Verdict>(reply.error());
    note(verdict ? std::nullopt : std::optional(verdict.error().what));
    if (!verdict) return {};
    keep(flight.question, *verdict, reply->headers);
    return *verdict;
}

Result<FetchReply> Hook::call(Flight const& flight) {
    // The wait for a thread was part of the time.
    auto const left =
        std::chrono::duration_cast<std::chrono::milliseconds>(flight.until - Steady::now());
    if (left.count() <= 0)
        return Error{Fault::busy, "it answers so slowly that questions wait for their turn"};
    FetchRequest request;
    request.url = options_.url;
    request.headers = flight.question.headers;
    request.limits = {left, left, {}};
    request.redirects = Redirects::never;
    HeadOnly taker(stopping_);
    return fetch_.fetch_into(request, taker);
}

void Hook::keep(HookQuestion const& question, Verdict const& verdict, HeaderMap const& headers) {
    auto const lasts = kept_for(headers);
    kept_.remove(question.kept); // which has ended, or was found too late
    if (lasts.count() == 0) return;
    kept_.add(question.kept, {verdict, clock_.now() + lasts},
              k_verdict_bytes + verdict.challenge.size());
}

// Told once when it begins, and once when it is over.
void Hook::note(std::optional<std::string> why) {
    auto const was = std::exchange(*sickness_.lock(), why);
    if (why && !was)
        log_event(Level::error, "auth_hook.sick",
                  {{"error", *why}, {"effect", "what it has to decide is answered 503"}});
    if (!why && was) log_event(Level::info, "auth_hook.well");
}

} // namespace ds
