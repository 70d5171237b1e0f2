// What a person says of a store, and the store that is meant.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "net/fetch.h"
#include "storage/object_store.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace ds {

struct StoreSettings {
    std::string where;    // "DIR", or "s3://BUCKET[/PREFIX]"
    std::string endpoint; // "https://HOST[:PORT][/PATH]"; may be empty for AWS
    std::string region = "auto";
    std::string access_key;
    std::string secret_key;
    std::string session_token;
    std::chrono::milliseconds timeout{60'000}; // of one request
    unsigned concurrency = 8;
    unsigned tries = 4;
};

// What S3 allows in a key besides ours and the "/" between them.
inline constexpr std::size_t k_store_prefix_max = 1024 - 1 - k_object_key_max;

// Fault::invalid for what is no folder and no other kind of store, as it is written; looks at
// nothing else.
Result<void> check_store_kind(std::string const& where);

// Fault::invalid says what is wrong with the settings, and how to put it right. Nothing is asked of
// the network; a folder is made when it is missing. `fetch` and `clock` must outlive the store. The
// prefix is the store's own affair: keys have none. Retries are built in.
Result<std::unique_ptr<ObjectStore>> open_store(StoreSettings const& settings, Fetch& fetch,
                                                Clock const& clock);

} // namespace ds
