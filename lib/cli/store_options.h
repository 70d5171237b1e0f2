// Which object store a command uses: options, environment, and what the data directory remembers.
//
// Keys are secrets: they are no settings of a config file, and nothing prints them. --store none is
// no store at all.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "net/fetch.h"
#include "storage/data_directory.h"
#include "storage/object_store.h"
#include "storage/store_location.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ds {

class CommandLine;

struct StoreChoice {
    StoreSettings settings; // `where` is empty when nothing was said
    double timeout_seconds = 60;
    bool moved = false; // --store-moved
};

// States --store and all that begins with it. --store-moved only where a directory remembers one.
enum class Remembered { yes, no };
void add_store_options(CommandLine& line, StoreChoice& choice, Remembered remembered);

// The settings once the command line is understood: AWS_ACCESS_KEY_ID and its companions count when
// no key was given.
StoreSettings settled(StoreChoice const& choice);

// Opens the store of a data directory: what was chosen, else the one that the directory remembers,
// else its own folder "cold". The place is then remembered (the fact "store"), and another one is
// Fault::invalid until --store-moved says that all objects are there. Yields null for "none".
using StoreOpener = std::function<Result<std::unique_ptr<ObjectStore>>(DataDirectory const&)>;
StoreOpener store_opener(StoreChoice const& choice, Fetch& fetch, Clock const& clock);

// Has a directory remember a store in which its segments are.
Result<void> remember_store(DataDirectory const& directory, ObjectStore const& store);

inline constexpr std::string_view k_no_store = "none";
// What the fact "store" holds for the folder inside of the directory, wherever that is moved.
inline constexpr std::string_view k_own_store = "cold";

} // namespace ds
