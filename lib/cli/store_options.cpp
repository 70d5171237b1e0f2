// Options of the object store, and the place that the data directory remembers.
#include "cli/store_options.h"

#include "cli/command_line.h"
#include "cli/environment.h"

#include <filesystem>
#include <optional>
#include <utility>

namespace ds {
namespace {

constexpr std::string_view k_store_fact = "store";

std::string own_folder(DataDirectory const& directory) {
    return directory.path() + "/" + std::string(k_own_store);
}

// What to remember of a place: the whole path of a folder, the word for the directory's own one, or
// the text of any other place.
std::string remembered_as(DataDirectory const& directory, std::string const& place) {
    namespace fs = std::filesystem;
    if (place.find("://") != std::string::npos) return place;
    std::error_code failed;
    auto const there = fs::weakly_canonical(fs::absolute(place), failed);
    auto const own = fs::weakly_canonical(fs::absolute(own_folder(directory)), failed);
    if (failed) return place;
    return there == own ? std::string(k_own_store) : there.string();
}

// What the store of these settings says of itself; a folder is not opened for it.
Result<std::string> place_of(StoreSettings const& settings, Fetch& fetch, Clock const& clock) {
    if (settings.where.find("://") == std::string::npos) return settings.where;
    auto const store = TRY(open_store(settings, fetch, clock));
    return store->where();
}

std::string shown_place(DataDirectory const& directory, std::string const& remembered) {
    return remembered == k_own_store ? own_folder(directory) : remembered;
}

// What to open when nothing was said: the remembered place, of which S3Store::where also tells the
// endpoint.
void take_remembered(DataDirectory const& directory, std::string const& remembered,
                     StoreSettings& settings) {
    constexpr std::string_view k_at = " at ";
    settings.where = shown_place(directory, remembered);
    auto const at = remembered.rfind(k_at);
    if (!remembered.starts_with("s3://") || at == std::string::npos) return;
    settings.where = remembered.substr(0, at);
    if (settings.endpoint.empty()) settings.endpoint = remembered.substr(at + k_at.size());
}

Result<std::unique_ptr<ObjectStore>> open_for(DataDirectory const& directory, StoreSettings wanted,
                                              bool moved, Fetch& fetch, Clock const& clock) {
    if (wanted.where == k_no_store) return std::unique_ptr<ObjectStore>();
    auto const known = TRY(directory.fact(k_store_fact));
    bool const unsaid = wanted.where.empty();
    if (unsaid) take_remembered(directory, known.value_or(std::string(k_own_store)), wanted);
    // Another place is refused before it is opened, as a folder would be made there.
    auto said = place_of(wanted, fetch, clock);
    if (!said && unsaid && known)
        return std::move(said).error().within("the store " + *known + ", which " +
                                              directory.path() + " has its segments in");
    auto const place = remembered_as(directory, TRY(std::move(said)));
    auto const before = known.value_or(place);
    if (before != place && !moved)
        return Error{Fault::invalid,
                     "the segments of " + directory.path() + " are in " +
                         shown_place(directory, before) + ", not in " +
                         shown_place(directory, place) +
                         "; leave out --store, or copy them there and add --store-moved"};
    auto store = TRY(open_store(wanted, fetch, clock));
    if (known != place) TRY(directory.set_fact(k_store_fact, place));
    return store;
}

} // namespace

void add_store_options(CommandLine& line, StoreChoice& choice, Remembered remembered) {
    auto& settings = choice.settings;
    auto const* const help = remembered == Remembered::yes
                                 ? "Where segments go: a folder, s3://BUCKET/PREFIX, or none; "
                                   "unless given, where the data directory has them, which is "
                                   "its folder 'cold' at first"
                                 : "Where the segments are: a folder, or s3://BUCKET/PREFIX";
    auto const group = line.under("Object store");
    group.settings({{"--store", &settings.where, help, takes("PLACE")}});
    if (remembered == Remembered::yes)
        group.options({{"--store-moved", &choice.moved,
                        "Accept that --store names another place than before: all objects were "
                        "copied there"}});
    group.settings({
        {"--store-endpoint", &settings.endpoint,
         "Where S3 storage answers, as in https://ACCOUNT.r2.cloudflarestorage.com; "
         "unless given, AWS",
         takes("URL")},
        {"--store-region", &settings.region, "The region of S3 storage", takes("NAME")},
        {"--store-access-key", &settings.access_key,
         "Key id of S3 storage; unless given, AWS_ACCESS_KEY_ID", takes_secret("KEY")},
        {"--store-secret-key", &settings.secret_key,
         "Secret of that key; other users can see a command line, so prefer the variable; "
         "unless given, AWS_SECRET_ACCESS_KEY",
         takes_secret("KEY")},
        {"--store-session-token", &settings.session_token,
         "Token of a temporary key; unless given, AWS_SESSION_TOKEN", takes_secret("KEY")},
        {"--store-timeout", &choice.timeout_seconds,
         "A request to S3 storage fails after this long, and is tried again",
         takes_measure(Measure::seconds, 0.1, 3600)},
        {"--store-concurrency", &settings.concurrency, "Requests to S3 storage at once, at most",
         takes_number(1, 1000)},
    });
}

StoreSettings settled(StoreChoice const& choice) {
    auto settings = choice.settings;
    settings.timeout =
        std::chrono::milliseconds(static_cast<std::int64_t>(choice.timeout_seconds * 1000));
    // All or none of them: a key, its secret and its token belong together.
    if (settings.access_key.empty() && settings.secret_key.empty()) {
        settings.access_key = environment_value("AWS_ACCESS_KEY_ID");
        settings.secret_key = environment_value("AWS_SECRET_ACCESS_KEY");
        if (settings.session_token.empty())
            settings.session_token = environment_value("AWS_SESSION_TOKEN");
    }
    return settings;
}

StoreOpener store_opener(StoreChoice const& choice, Fetch& fetch, Clock const& clock) {
    return [settings = settled(choice), moved = choice.moved, &fetch,
            &clock](DataDirectory const& directory) {
        return open_for(directory, settings, moved, fetch, clock);
    };
}

Result<void> remember_store(DataDirectory const& directory, ObjectStore const& store) {
    return directory.set_fact(k_store_fact, remembered_as(directory, store.where()));
}

} // namespace ds
