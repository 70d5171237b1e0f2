// Numbers batches and sends each until it is in the log.
#include "client/appender.h"

#include "base/crypto.h"
#include "base/encoding.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ds {
namespace {

// What to say about an outcome that may be different next time; empty when it will not.
struct Setback {
    std::string what;
    std::chrono::milliseconds least{0};
};

// Between two batches, and for the tries of one: together well within what a server remembers.
constexpr auto k_appender_silence_max = std::chrono::milliseconds(k_once_remembered) / 3;

template <typename Answer>
std::optional<Setback> setback(Result<Said<Answer>> const& outcome) {
    if (!outcome) {
        auto const& error = outcome.error();
        if (error.fault != Fault::unreachable && error.fault != Fault::io) return std::nullopt;
        return Setback{error.what};
    }
    auto const* denial = std::get_if<Denial>(&*outcome);
    if (denial == nullptr || !denial->worth_retrying()) return std::nullopt;
    return Setback{denial->message, denial->retry_after.value_or(std::chrono::milliseconds(0))};
}

} // namespace

Appender::Appender(StreamClient& client, StreamName name, std::string producer_id,
                   AppenderOptions options, Backoff backoff, Clock const& clock, Wait wait)
    : client_(client),
      name_(std::move(name)),
      claim_{std::move(producer_id), {}},
      options_(std::move(options)),
      backoff_(backoff),
      clock_(clock),
      wait_(std::move(wait)) {}

// Asks until there is an answer, or a refusal that waiting cannot change, or it takes too long.
template <typename Answer, typename Ask>
Result<Said<Answer>> Appender::patiently(Ask const& ask) {
    auto const give_up = clock_.now() + options_.retry_for;
    for (;;) {
        Result<Said<Answer>> outcome = ask();
        if (outcome && std::holds_alternative<Answer>(*outcome)) {
            reached_ = true;
            backoff_.reset();
            return outcome;
        }
        auto const trouble = setback(outcome);
        auto const never_reached =
            !reached_ && !outcome && outcome.error().fault == Fault::unreachable;
        if (!trouble || never_reached) return outcome;
        reached_ = true;
        auto const pause = std::max(trouble->least, backoff_.next());
        if (clock_.now() + pause > give_up) return outcome;
        if (on_retry) on_retry(trouble->what);
        wait_(pause);
    }
}

Result<Said<AppendAnswer>> Appender::send(std::string_view body, Close close) {
    AppendRequest request;
    request.content_type = options_.content_type;
    request.body = body;
    request.close = close == Close::yes;
    request.framing = options_.framing;
    request.route = options_.route;
    // All that was sent is in the log: nobody misses the old name.
    auto const answered = std::exchange(answered_at_, std::nullopt);
    if (answered && clock_.now() - *answered > k_appender_silence_max &&
        claim_.id.starts_with(k_once_prefix))
        claim_ = {producer_id_of_run({}), {}};
    // To close again what is closed is no conflict, so a mere close needs no number; with one it
    // would be refused on a stream that somebody else has closed. (Protocol section 5.2)
    if (!body.empty()) request.producer = claim_;

    auto outcome = patiently<AppendAnswer>([&] { return client_.append(name_, request); });
    // The number is spent only now: until then the same batch must carry the same one.
    auto const arrived = outcome && std::holds_alternative<AppendAnswer>(*outcome);
    if (arrived && request.producer) ++claim_.mark.sequence;
    if (arrived) answered_at_ = clock_.now();
    return outcome;
}

Result<Said<StreamState>> Appender::look() {
    return patiently<StreamState>([&] { return client_.head(name_); });
}

Result<Said<CreateAnswer>> Appender::create(CreateRequest const& request) {
    return patiently<CreateAnswer>([&] { return client_.create(name_, request); });
}

std::string random_producer_id() {
    return "ds-" + hex_encode(random_bytes(16));
}

std::string producer_id_of_run(std::chrono::milliseconds retry_for) {
    auto id = random_producer_id();
    return retry_for <= k_appender_silence_max ? std::string(k_once_prefix) + id : id;
}

} // namespace ds
