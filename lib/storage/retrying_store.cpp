// Each operation, until it is done or there is no sense in trying on.
#include "storage/retrying_store.h"

#include <chrono>
#include <utility>

namespace ds {

namespace {

bool may_pass(Fault fault) {
    return fault == Fault::io || fault == Fault::unreachable || fault == Fault::busy;
}

} // namespace

RetryingStore::RetryingStore(std::unique_ptr<ObjectStore> inner, unsigned tries, Wait wait)
    : inner_(std::move(inner)),
      tries_(tries),
      wait_(std::move(wait)) {}

void RetryingStore::stop() {
    *stopped_.lock() = true;
    stopping_.notify_all();
    inner_->stop();
}

// Waits, and says whether to try again. `tries` is empty until the first fault.
bool RetryingStore::goes_on(Error const& error, std::optional<Tries>& tries) {
    if (!may_pass(error.fault)) return false;
    if (!tries) tries.emplace();
    if (++tries->done >= tries_ || *stopped_.lock()) return false;
    auto const pause = tries->backoff.next();
    if (wait_) {
        wait_(pause);
        return !*stopped_.lock();
    }
    return !stopped_.lock().wait_until(stopping_, std::chrono::steady_clock::now() + pause,
                                       [](bool stopped) { return stopped; });
}

auto RetryingStore::until_done(auto const& operation) -> decltype(operation()) {
    std::optional<Tries> tries;
    auto result = operation();
    while (!result && goes_on(result.error(), tries))
        result = operation();
    return result;
}

Result<void> RetryingStore::put(std::string const& key, std::string_view bytes,
                                std::string const& content_type) {
    return until_done([&] { return inner_->put(key, bytes, content_type); });
}

Result<bool> RetryingStore::put_if(std::string const& key, std::optional<std::string_view> was,
                                   std::string_view bytes, std::string const& content_type) {
    return until_done([&] { return inner_->put_if(key, was, bytes, content_type); });
}

Result<std::optional<Bytes>> RetryingStore::get(std::string const& key) {
    return until_done([&] { return inner_->get(key); });
}

Result<std::optional<ObjectPart>> RetryingStore::get_range(std::string const& key,
                                                           ByteRange range) {
    return until_done([&] { return inner_->get_range(key, range); });
}

Result<void> RetryingStore::remove(std::string const& key) {
    return until_done([&] { return inner_->remove(key); });
}

Result<void> RetryingStore::list(std::string const& prefix,
                                 std::function<Result<void>(ObjectEntry const&)> const& visit) {
    std::string last; // visited
    std::optional<Tries> tries;
    for (;;) {
        bool visitor_ended = false;
        auto result = inner_->list(prefix, [&](ObjectEntry const& entry) -> Result<void> {
            if (entry.key <= last) return {};
            last = entry.key;
            tries.reset();
            auto visited = visit(entry);
            visitor_ended = !visited;
            return visited;
        });
        if (result || visitor_ended || !goes_on(result.error(), tries)) return result;
    }
}

} // namespace ds
