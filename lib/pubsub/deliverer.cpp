// Waiting for a turn, sending, and reading what a receiver says.
#include "pubsub/deliverer.h"

#include <nlohmann/json.hpp>

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace ds::pubsub {

namespace {

// An answer says done or not: more of it is not read.
constexpr std::size_t k_answer_bytes_max = std::size_t{64} * 1024;
constexpr std::chrono::milliseconds k_connect{10'000};

class Answer final : public BodyTaker {
public:
    explicit Answer(std::atomic<bool> const& stopping) : stopping_(stopping) {}

    std::string body;

    Flow on_head(FetchReply const&) override { return on_idle(); }
    Flow on_bytes(std::string_view bytes) override {
        body.append(bytes.substr(0, k_answer_bytes_max - body.size()));
        return body.size() < k_answer_bytes_max ? on_idle() : Flow::stop;
    }
    Flow on_idle() override { return stopping_ ? Flow::stop : Flow::more; }

private:
    std::atomic<bool> const& stopping_;
};

bool says_done(std::string const& body) {
    auto const document = nlohmann::json::parse(body, nullptr, false);
    if (document.is_discarded() || !document.is_object()) return false;
    auto const done = document.find("done");
    return done != document.end() && *done == true;
}

} // namespace

Deliverer::Deliverer(Fetch& fetch, Clock const& clock, Keys keys, Tell tell, std::size_t threads)
    : fetch_(fetch),
      clock_(clock),
      keys_(std::move(keys)),
      tell_(std::move(tell)),
      project_max_(std::max<std::size_t>(1, threads * 3 / 4)) {
    for (std::size_t number = 0; number < threads; ++number)
        threads_.emplace_back([this, number] {
            auto const name = "ds-hook-" + std::to_string(number);
            pthread_setname_np(pthread_self(), name.c_str());
            run();
        });
}

Deliverer::~Deliverer() {
    stop();
}

void Deliverer::stop() {
    stopping_ = true;
    work_.lock()->stopping = true;
    changed_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

void Deliverer::put(Outgoing call) {
    work_.lock()->waiting.push_back(std::move(call));
    changed_.notify_one();
}

// The first that is not held up by others of its host or project.
std::optional<Outgoing> Deliverer::next(Work& work) const {
    auto const found = std::ranges::find_if(work.waiting, [&](Outgoing const& call) {
        return work.by_host[call.target.host] < k_host_max &&
               work.by_project[call.realm.project] < project_max_;
    });
    if (found == work.waiting.end()) return std::nullopt;
    auto call = std::move(*found);
    work.waiting.erase(found);
    ++work.by_host[call.target.host];
    ++work.by_project[call.realm.project];
    return call;
}

void Deliverer::run() {
    while (true) {
        std::optional<Outgoing> call;
        {
            auto work = work_.lock();
            work.wait(changed_, [&](Work& now) {
                if (!now.stopping) call = next(now);
                return now.stopping || call;
            });
            if (work->stopping) return;
        }
        auto end = send(*call);
        {
            auto work = work_.lock();
            if (--work->by_host[call->target.host] == 0) work->by_host.erase(call->target.host);
            if (--work->by_project[call->realm.project] == 0)
                work->by_project.erase(call->realm.project);
        }
        changed_.notify_all(); // somebody of that host may have waited
        if (!stopping_) tell_({call->number, std::move(end)});
    }
}

CallEnd Deliverer::send(Outgoing const& call) {
    CallEnd end{call.wake, CallEnd::How::failed, {}, call.shown};
    if (call.target.host.empty()) {
        end.trouble = "the server does not allow this URL any more";
        return end;
    }
    FetchRequest request;
    request.method = "POST";
    request.url = call.url;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Webhook-Signature", keys_()->sign(call.body, clock_.now()));
    request.headers.add("User-Agent", "ds");
    request.body = call.body;
    request.limits = {std::min(k_connect, call.patience), call.patience, call.patience};
    request.redirects = Redirects::never;
    request.reach = call.target.reach;
    Answer answer(stopping_);
    auto const reply = fetch_.fetch_into(request, answer);
    if (!reply) {
        end.trouble = reply.error().what;
    } else if (reply->status < 200 || reply->status > 299) {
        end.trouble = "the receiver answered " + std::to_string(reply->status);
    } else {
        end.how = says_done(answer.body) ? CallEnd::How::done : CallEnd::How::taken;
    }
    return end;
}

} // namespace ds::pubsub
