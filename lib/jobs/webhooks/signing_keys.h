// The signing keys as the table of subscriptions keeps them, and their replacement.
//
// A replacement counts when it is on the disk: replace() only stages it, write() belongs into the
// caller's transaction, and adopt() or drop() says how that ended. One thread at a time; the ring
// is immutable and may be handed to others.
#pragma once

#include "base/result.h"
#include "jobs/webhooks/signing.h"

#include <memory>
#include <string>

namespace ds::webhooks {

class SigningKeys {
public:
    // Reads the keys of the table. Makes the first one when none signs.
    Result<void> load(SubscriptionTable& table, Millis now);

    std::shared_ptr<KeyRing const> ring() const { return ring_; }
    // Stages a new key, and returns its id. Fault::busy: see replace_key.
    Result<std::string> replace(Millis now);
    bool has_changed() const { return staged_ != nullptr; }
    Result<void> write(SubscriptionTable& table) const;
    void adopt();
    void drop() { staged_.reset(); }

private:
    std::shared_ptr<KeyRing const> ring_; // as it is on the disk
    std::shared_ptr<KeyRing const> staged_;
};

// Replaces the key of a table that no server works with. Returns the id of the new key.
Result<std::string> replace_kept_key(SubscriptionTable& table, Millis now);

} // namespace ds::webhooks
