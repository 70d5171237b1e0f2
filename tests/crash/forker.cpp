// Making, checking and deleting forks.
#include "crash/forker.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>

namespace ds {

namespace {

std::string path_of(std::string const& name) {
    return "/v1/stream/" + encode_path(name);
}

} // namespace

// True when the answer came and is the one wanted; else the run is over.
bool Forker::answered(HttpClient& client, std::optional<HttpResponse> const& got, int wanted,
                      std::string const& what) {
    if (!got) {
        if (client.timed_out()) return trouble_.report(what + ": no answer in time");
        return trouble_.killed ? false : trouble_.report(what + ": " + client.problem());
    }
    if (got->status == wanted) return true;
    return trouble_.report(what + ": answer " + std::to_string(got->status) + " " + got->body);
}

bool Forker::create(HttpClient& client, std::deque<SharedStream>& sources) {
    auto const& source = dice_.pick(sources);
    forks_.push_back({.name = project_ + "/fork-" + std::to_string(++made_),
                      .source = &source,
                      .place = std::nullopt,
                      .at_least = source.messages().size(),
                      .creation = Asked::unanswered});
    auto& fork = forks_.back();
    HttpRequest request{
        "PUT", path_of(fork.name), {{"Stream-Forked-From", path_of(source.name())}}};
    if (!source.places().empty() && dice_.in_hundred(50)) {
        auto const place =
            std::next(source.places().begin(),
                      static_cast<std::ptrdiff_t>(dice_.below(source.places().size())));
        fork.place = place->first;
        request.headers.emplace_back("Stream-Fork-Offset", place->second);
    }
    auto const got = client.send(request);
    if (!answered(client, got, 201, "PUT of fork " + fork.name)) return false;
    fork.creation = Asked::acknowledged;
    fork.token = got->value("stream-next-offset");
    return true;
}

bool Forker::remove(HttpClient& client, Fork& fork) {
    fork.deletion = Asked::unanswered;
    auto const got = client.send({"DELETE", path_of(fork.name)});
    if (!answered(client, got, 204, "DELETE of fork " + fork.name)) return false;
    fork.deletion = Asked::acknowledged;
    return true;
}

void Forker::run(HttpClient& client, std::deque<SharedStream>& sources) {
    constexpr std::size_t k_forks_max = 8;
    while (!trouble_.any()) {
        auto const deletable = std::ranges::find_if(forks_, [](Fork const& fork) {
            return fork.creation == Asked::acknowledged && fork.deletion == Asked::nothing;
        });
        auto const living = std::ranges::count(forks_, Asked::nothing, &Fork::deletion);
        bool const full = static_cast<std::size_t>(living) >= k_forks_max;
        if (full && deletable == forks_.end()) return;
        bool const removes = deletable != forks_.end() && (full || dice_.in_hundred(30));
        if (!(removes ? remove(client, *deletable) : create(client, sources))) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(dice_.below(8)));
    }
}

bool Forker::verify(HttpClient& client) {
    for (auto fork = forks_.begin(); fork != forks_.end();) {
        bool gone = false;
        if (!verify_fork(client, *fork, gone)) return false;
        fork = gone ? forks_.erase(fork) : std::next(fork);
    }
    return true;
}

bool Forker::verify_fork(HttpClient& client, Fork& fork, bool& gone) {
    auto const head = client.send({"HEAD", path_of(fork.name)});
    if (!head || (head->status != 200 && head->status != 404))
        return fail(fork, "HEAD was answered " +
                              (head ? std::to_string(head->status) : client.problem()));
    gone = head->status == 404;
    if (gone && fork.creation == Asked::acknowledged && fork.deletion == Asked::nothing)
        return fail(fork, "acknowledged but missing");
    if (!gone && fork.deletion == Asked::acknowledged)
        return fail(fork, "back after its acknowledged deletion");
    if (gone) return true;
    fork.creation = Asked::acknowledged;
    fork.deletion = Asked::nothing;

    std::string why;
    auto const content = read_content(client, fork.name, fork.source->json(), dice_, why);
    if (!content) return trouble_.report(why);
    auto const& inherited = content->messages;
    auto const& source = fork.source->messages();
    if (inherited.size() > source.size() ||
        !std::equal(inherited.begin(), inherited.end(), source.begin()))
        return fail(fork, "is not the beginning of its source");
    if (inherited.size() < fork.at_least && !fork.place)
        return fail(fork, "lacks messages that its source had");
    if (fork.place && *fork.place != inherited.size())
        return fail(fork, "has " + std::to_string(inherited.size()) + " messages, not " +
                              std::to_string(*fork.place));
    auto const tail = content->places.rbegin()->second;
    bool const same = fork.token.empty() || fork.token == tail ||
                      (fork.source->segments_age() && is_later_name(tail, fork.token));
    if (!same) return fail(fork, "has its tail at " + tail + ", not at " + fork.token);
    fork.place = inherited.size();
    fork.token = tail;
    return true;
}

bool Forker::release(HttpClient& client, SharedStream const& source) {
    for (auto fork = forks_.begin(); fork != forks_.end();) {
        if (fork->source != &source) {
            ++fork;
            continue;
        }
        if (!remove(client, *fork)) return false;
        fork = forks_.erase(fork);
    }
    return true;
}

} // namespace ds
