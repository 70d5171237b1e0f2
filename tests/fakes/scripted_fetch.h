// A Fetch that plays a script: one step per request, in order, and keeps what was asked.
//
// A step is a function, so a script may also be a small world that remembers what it was told.
#pragma once

#include "base/ensure.h"
#include "net/fetch.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ds::test {

// What the world does with one request: a reply whose body may come in pieces, and may break off.
struct Played {
    FetchReply reply;
    std::vector<std::string> pieces; // of a streamed body, in place of reply.body
    std::optional<Error> then;       // after the pieces; without pieces: no answer at all
};

using Step = std::function<Played(FetchRequest const&)>;

inline Step answers(int status, HeaderMap const& headers = {}, std::string const& body = {}) {
    return [=](FetchRequest const&) {
        return Played{FetchReply{status, headers, body}, {}, std::nullopt};
    };
}

inline Step streams(std::vector<std::string> const& pieces,
                    std::optional<Error> const& then = std::nullopt) {
    return [=](FetchRequest const&) {
        return Played{FetchReply{200, {{"Content-Type", "text/event-stream"}}, {}}, pieces, then};
    };
}

inline Step breaks(Fault fault, std::string const& what = "connection reset") {
    return [=](FetchRequest const&) { return Played{{}, {}, Error{fault, what}}; };
}

class ScriptedFetch final : public Fetch {
public:
    // The steps, then `forever` for every further request (without it: a bug in the test).
    explicit ScriptedFetch(std::vector<Step> steps, Step forever = nullptr)
        : steps_(steps.begin(), steps.end()),
          forever_(std::move(forever)) {}

    struct Asked {
        std::string method;
        std::string url;
        HeaderMap headers;
        std::string body;

        std::string header(std::string_view name) const {
            return std::string(headers.get(name).value_or("(none)"));
        }
    };
    std::vector<Asked> asked;

    Result<FetchReply> fetch(FetchRequest const& request) override {
        auto played = play(request);
        if (played.then) return *played.then;
        for (auto const& piece : played.pieces)
            played.reply.body += piece;
        return std::move(played.reply);
    }

    Result<FetchReply> fetch_into(FetchRequest const& request, BodyTaker& taker) override {
        auto played = play(request);
        if (played.then && played.pieces.empty()) return *played.then;
        if (played.pieces.empty()) played.pieces = {played.reply.body};
        played.reply.body.clear();
        if (taker.on_head(played.reply) == Flow::stop) return std::move(played.reply);
        for (auto const& piece : played.pieces)
            if (taker.on_bytes(piece) == Flow::stop || taker.on_idle() == Flow::stop)
                return std::move(played.reply);
        if (played.then) return *played.then;
        return std::move(played.reply);
    }

private:
    Played play(FetchRequest const& request) {
        asked.push_back({request.method, request.url, request.headers, std::string(request.body)});
        ENSURE(!steps_.empty() || forever_ != nullptr);
        if (steps_.empty()) return forever_(request);
        auto const step = std::move(steps_.front());
        steps_.pop_front();
        return step(request);
    }

    std::deque<Step> steps_;
    Step forever_;
};

} // namespace ds::test
