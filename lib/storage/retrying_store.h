// A store that tries again what another store failed to do, for a while.
//
// What may pass is tried again: io, unreachable, busy. The rest comes back at once: invalid, full,
// corrupt. After stop() everything is tried once.
#pragma once

#include "base/backoff.h"
#include "base/guarded.h"
#include "storage/object_store.h"

#include <condition_variable>
#include <memory>
#include <string>

namespace ds {

class RetryingStore final : public ObjectStore {
public:
    static constexpr unsigned k_tries = 4;

    // Tries each operation up to `tries` times in all. A list counts from each object that it comes
    // to anew. `wait` stands in for the waiting between tries; without it stop() ends that.
    explicit RetryingStore(std::unique_ptr<ObjectStore> inner, unsigned tries = k_tries,
                           Wait wait = nullptr);

    Result<void> put(std::string const& key, std::string_view bytes,
                     std::string const& content_type) override;
    // False also when a try that seemed to fail was carried out.
    Result<bool> put_if(std::string const& key, std::optional<std::string_view> was,
                        std::string_view bytes, std::string const& content_type) override;
    Result<std::optional<Bytes>> get(std::string const& key) override;
    Result<std::optional<ObjectPart>> get_range(std::string const& key, ByteRange range) override;
    Result<void> remove(std::string const& key) override;
    // A list that breaks off is begun anew, and visits only what lies behind what it has visited.
    Result<void> list(std::string const& prefix,
                      std::function<Result<void>(ObjectEntry const&)> const& visit) override;
    std::string where() const override { return inner_->where(); }
    void stop() override;

private:
    // How often an operation was tried since it last got on.
    struct Tries {
        unsigned done = 0;
        Backoff backoff = Backoff::seeded();
    };
    bool goes_on(Error const& error, std::optional<Tries>& tries);
    auto until_done(auto const& operation) -> decltype(operation());

    std::unique_ptr<ObjectStore> inner_;
    unsigned tries_;
    Wait wait_;
    Guarded<bool> stopped_{false};
    std::condition_variable stopping_;
};

} // namespace ds
