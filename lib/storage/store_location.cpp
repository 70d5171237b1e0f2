// Settings checked one by one, with a text for each that is wrong.
#include "storage/store_location.h"

#include "base/encoding.h"
#include "storage/directory_store.h"
#include "storage/retrying_store.h"
#include "storage/s3_store.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace ds {

namespace {

constexpr std::string_view k_s3 = "s3://";
constexpr unsigned k_concurrency_max = 1'000;
constexpr unsigned k_tries_max = 100;

Error invalid(std::string what) {
    return Error{Fault::invalid, std::move(what)};
}

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view besides) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return is_lower_or_digit(c) || besides.find(c) != std::string_view::npos;
    });
}

Result<void> check_bucket(std::string const& bucket) {
    if (bucket.size() >= 3 && bucket.size() <= 63 && consists_of(bucket, "-.") &&
        is_lower_or_digit(bucket.front()) && is_lower_or_digit(bucket.back()) &&
        bucket.find("..") == std::string::npos)
        return {};
    return invalid("\"" + bucket +
                   "\" cannot be the name of a bucket: it has 3 to 63 characters of a-z 0-9 - and "
                   "\".\"; say --store s3://BUCKET or s3://BUCKET/PREFIX");
}

// "PREFIX" or "PREFIX/" as the store needs it: with a "/" at its end, or empty.
Result<std::string> read_prefix(std::string prefix) {
    if (prefix.size() > 1 && prefix.ends_with('/')) prefix.pop_back();
    if (prefix.empty()) return prefix;
    if (prefix.size() >= k_store_prefix_max)
        return invalid("the prefix in --store has " + std::to_string(prefix.size()) +
                       " characters; it may have " + std::to_string(k_store_prefix_max - 1));
    if (!check_object_key(prefix))
        return invalid("\"" + prefix +
                       "\" cannot be a prefix: it is made of A-Z a-z 0-9 . _ = - with single \"/\" "
                       "between, and no part of it is \".\" or \"..\"");
    return prefix + "/";
}

Error bad_endpoint(std::string const& text) {
    // Before an "@" may stand a password.
    auto const shown = text.find('@') == std::string::npos ? text : "a URL with a user in it";
    return invalid("\"" + shown +
                   "\" cannot be an endpoint; say --store-endpoint https://HOST, with :PORT if it "
                   "needs one");
}

// Without "/" at its end, and with the host as it goes over the wire: in small letters, and without
// the port that the scheme implies. The signature covers it.
Result<std::string> read_endpoint(std::string const& text) {
    auto const scheme_end = text.find("://");
    auto const scheme = to_lower(text.substr(0, std::min(scheme_end, text.size())));
    if (scheme_end == std::string::npos || (scheme != "https" && scheme != "http"))
        return bad_endpoint(text);
    auto rest = text.substr(scheme_end + 3);
    auto const path_at = std::min(rest.find('/'), rest.size());
    auto path = rest.substr(path_at);
    auto host = to_lower(rest.substr(0, path_at));
    while (path.ends_with('/'))
        path.pop_back();
    auto const implied = std::string_view(scheme == "https" ? ":443" : ":80");
    if (host.ends_with(implied)) host.resize(host.size() - implied.size());
    if (host.empty() || host.front() == ':' || !consists_of(host, "-._:[]"))
        return bad_endpoint(text);
    if (!path.empty() && !check_object_key(path.substr(1))) return bad_endpoint(text);
    return scheme + "://" + host + path;
}

Result<std::string> endpoint_of(StoreSettings const& settings) {
    if (!settings.endpoint.empty()) return read_endpoint(settings.endpoint);
    if (settings.region != "auto") return "https://s3." + settings.region + ".amazonaws.com";
    return invalid(settings.where +
                   " needs --store-endpoint (for R2: https://ACCOUNT.r2.cloudflarestorage.com), or "
                   "--store-region for a bucket of AWS");
}

Result<void> check_credential(std::string const& text, std::string const& flag,
                              std::string const& variable, std::string const& aws_variable) {
    auto const ways =
        "--store-" + flag + " (or the variable " + variable + " or " + aws_variable + ")";
    if (text.empty()) return invalid("the store needs " + ways);
    // It stands in a header; and a line break that came with a file is easily overlooked.
    if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; }))
        return invalid("there is a blank, a line break or another character that cannot be in " +
                       ways);
    return {};
}

Result<Credentials> credentials_of(StoreSettings const& settings) {
    TRY(check_credential(settings.access_key, "access-key", "DS_STORE_ACCESS_KEY",
                         "AWS_ACCESS_KEY_ID"));
    TRY(check_credential(settings.secret_key, "secret-key", "DS_STORE_SECRET_KEY",
                         "AWS_SECRET_ACCESS_KEY"));
    if (!settings.session_token.empty())
        TRY(check_credential(settings.session_token, "session-token", "DS_STORE_SESSION_TOKEN",
                             "AWS_SESSION_TOKEN"));
    return Credentials{settings.access_key, settings.secret_key, settings.session_token};
}

Result<void> check_numbers(StoreSettings const& settings) {
    if (settings.timeout.count() <= 0) return invalid("the store's time limit must be positive");
    if (settings.concurrency < 1 || settings.concurrency > k_concurrency_max)
        return invalid("the store's concurrency must lie between 1 and " +
                       std::to_string(k_concurrency_max));
    if (settings.tries < 1 || settings.tries > k_tries_max)
        return invalid("the store's tries must lie between 1 and " + std::to_string(k_tries_max));
    return {};
}

Result<std::unique_ptr<ObjectStore>> open_s3(StoreSettings const& settings, Fetch& fetch,
                                             Clock const& clock) {
    auto const name = settings.where.substr(k_s3.size());
    auto const bucket_end = std::min(name.find('/'), name.size());
    S3Place place;
    place.bucket = name.substr(0, bucket_end);
    place.region = settings.region;
    TRY(check_bucket(place.bucket));
    place.prefix = TRY(read_prefix(name.substr(std::min(bucket_end + 1, name.size()))));
    if (settings.region.empty() || !consists_of(settings.region, "-"))
        return invalid("\"" + settings.region +
                       "\" cannot be a region; say --store-region us-east-1, for example");
    place.endpoint = TRY(endpoint_of(settings));
    auto credentials = TRY(credentials_of(settings));

    FetchLimits limits;
    limits.overall = settings.timeout;
    limits.connect = std::min(limits.connect, settings.timeout);
    limits.stall = std::min(limits.stall, settings.timeout);
    auto store = std::make_unique<S3Store>(std::move(place), std::move(credentials), limits,
                                           settings.concurrency, fetch, clock);
    return std::unique_ptr<ObjectStore>(
        std::make_unique<RetryingStore>(std::move(store), settings.tries));
}

} // namespace

Result<void> check_store_kind(std::string const& where) {
    if (where.starts_with(k_s3)) return {};
    auto const colon = where.find(':');
    if (colon == std::string::npos || where.find('/') < colon) return {};
    auto const kind = where.substr(0, colon + (where.compare(colon, 3, "://") == 0 ? 3 : 1));
    return invalid("there is no store of the kind " + kind + "; say a folder (./" + kind +
                   " if its name has a colon), or " + "s3://BUCKET[/PREFIX]");
}

Result<std::unique_ptr<ObjectStore>> open_store(StoreSettings const& settings, Fetch& fetch,
                                                Clock const& clock) {
    TRY(check_numbers(settings));
    if (settings.where.empty())
        return invalid("--store is empty; say a folder, or s3://BUCKET[/PREFIX]");
    if (settings.where.starts_with(k_s3)) return open_s3(settings, fetch, clock);
    TRY(check_store_kind(settings.where));
    return std::unique_ptr<ObjectStore>(TRY(DirectoryStore::open(settings.where)));
}

} // namespace ds
