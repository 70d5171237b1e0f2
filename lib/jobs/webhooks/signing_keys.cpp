// Reading, staging and writing the keys.
#include "jobs/webhooks/signing_keys.h"

#include "base/crypto.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace ds::webhooks {

namespace {

using KeyRows = std::vector<SigningKeyRow>;

Result<KeyRows> kept_keys(SubscriptionTable& table) {
    KeyRows keys;
    TRY(table.each_key([&](SigningKeyRow key) { keys.push_back(std::move(key)); }));
    return keys;
}

Result<void> write_keys(SubscriptionTable& table, KeyRows const& before, KeyRows const& keys) {
    for (auto const& key : before)
        TRY(table.remove_key(key.kid));
    for (auto const& key : keys)
        TRY(table.put_key(key));
    return {};
}

} // namespace

Result<void> SigningKeys::load(SubscriptionTable& table, Millis now) {
    auto keys = TRY(kept_keys(table));
    for (auto const& key : keys)
        if (key.retired_ms == 0 && key.seed.size() != k_ed25519_seed_bytes)
            return Error{Fault::corrupt, "the webhook key " + key.kid + " is not whole"};
    if (std::ranges::none_of(keys, [](auto const& key) { return key.retired_ms == 0; })) {
        keys.push_back(make_key(random_bytes(k_ed25519_seed_bytes), now));
        TRY(table.change([&] { return table.put_key(keys.back()); }));
    }
    ring_ = std::make_shared<KeyRing const>(std::move(keys));
    drop();
    return {};
}

// Section 6.5
Result<std::string> SigningKeys::replace(Millis now) {
    auto const& newest = staged_ ? staged_ : ring_;
    auto keys = TRY(replace_key(newest->keys(), random_bytes(k_ed25519_seed_bytes), now));
    staged_ = std::make_shared<KeyRing const>(std::move(keys));
    return staged_->active().kid;
}

Result<void> SigningKeys::write(SubscriptionTable& table) const {
    if (!staged_) return {};
    return write_keys(table, ring_->keys(), staged_->keys());
}

void SigningKeys::adopt() {
    if (staged_) ring_ = std::move(staged_);
    drop();
}

Result<std::string> replace_kept_key(SubscriptionTable& table, Millis now) {
    auto const before = TRY(kept_keys(table));
    auto const keys = TRY(replace_key(before, random_bytes(k_ed25519_seed_bytes), now));
    TRY(table.change([&] { return write_keys(table, before, keys); }));
    return keys.back().kid;
}

} // namespace ds::webhooks
