// Taking the mark, looking at it, and losing it.
#include "storage/owned_store.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>
#include <vector>

namespace ds {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_fact = "owner";
constexpr std::string_view k_place_fact = "owned";
// Tokens that may be in the store: the last one, and those of tries that nobody knows the end of.
constexpr std::size_t k_tokens_kept = 8;
constexpr int k_tries = 4;

std::string mark_key(DataDirectory const& directory) {
    return "owner/" + directory.identity();
}

// Where the mark of a directory is.
std::string place_of(DataDirectory const& directory, ObjectStore const& store) {
    return mark_key(directory) + " in " + store.where();
}

std::string new_token() {
    return hex_encode(random_bytes(8));
}

std::string mark_of(DataDirectory const& directory, std::string const& token, Millis now) {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    Json const mark{{"format", "ds-owner"},     {"version", 1},
                    {"token", token},           {"host", host.data()},
                    {"data", directory.path()}, {"since", format_rfc3339(now)}};
    return mark.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// A text of a mark; empty when it says nothing of the kind.
std::string said(std::string_view mark, char const* name) {
    auto const json = Json::parse(mark, nullptr, false);
    if (!json.is_object() || !json.contains(name) || !json[name].is_string()) return {};
    return json[name].get<std::string>();
}

std::vector<std::string> words_of(std::string const& text) {
    std::istringstream words(text);
    std::vector<std::string> all;
    for (std::string word; words >> word;)
        all.push_back(word);
    return all;
}

std::string in_words(std::vector<std::string> const& words) {
    std::string text;
    for (auto const& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

} // namespace

OwnedStore::OwnedStore(std::unique_ptr<ObjectStore> inner, DataDirectory const& directory,
                       Clock const& clock)
    : inner_(std::move(inner)),
      directory_(directory),
      clock_(clock) {}

OwnedStore::~OwnedStore() {
    if (claimer_.joinable()) claimer_.join();
}

Result<void> OwnedStore::claim_within(std::chrono::milliseconds patience) {
    claimer_ = std::thread([this] {
        // What failed is tried again before the first change, and told there.
        static_cast<void>(hold());
        first_.lock()->done = true;
        first_done_.notify_all();
    });
    auto first = first_.lock();
    first.wait_until(first_done_, Steady::now() + patience,
                     [](First const& now) { return now.done; });
    if (auto const why = *lost_.lock()) return Error{Fault::invalid, *why};
    return {};
}

// Said once, and final: what was recorded here meanwhile is unknown to the other.
Error OwnedStore::lose(std::string_view mark) {
    auto const host = said(mark, "host");
    auto const data = said(mark, "data");
    auto const since = said(mark, "since");
    auto const whose = host.empty() ? "by whom its mark does not say"
                                    : "by " + data + " on " + host + " since " + since;
    auto what = inner_->where() + " is in use " + whose +
                ", which is another copy of this data directory or a later state of it; nothing is "
                "changed in the store. If that one has ended for good, start this one with: ds "
                "serve --store-takeover";
    if (!std::exchange(*lost_.lock(), what))
        log_event(Level::error, "store.taken",
                  {{"store", inner_->where()},
                   {"host", host},
                   {"data", data},
                   {"since", since},
                   {"effect", "segments stay in the hot log; nothing is changed in the store"}});
    return Error{Fault::invalid, std::move(what)};
}

// Said once, until it is back.
Error OwnedStore::miss() {
    auto what =
        inner_->where() +
        " does not hold the mark that this directory has left there; is it mounted, and the "
        "right one? Nothing is changed in it until the mark is back. If it was emptied on "
        "purpose, start with: ds serve --store-takeover";
    if (!std::exchange(*gone_.lock(), what))
        log_event(Level::error, "store.mark_gone",
                  {{"store", inner_->where()},
                   {"mark", mark_key(directory_)},
                   {"effect", "segments stay in the hot log; nothing is changed in the store"}});
    return Error{Fault::unreachable, std::move(what)};
}

void OwnedStore::find_again() {
    if (std::exchange(*gone_.lock(), std::nullopt))
        log_event(Level::info, "store.mark_back", {{"store", inner_->where()}});
}

Result<void> OwnedStore::claim() {
    auto const key = mark_key(directory_);
    auto const place = place_of(directory_, *inner_);
    for (int tries = 0; tries < k_tries; ++tries) {
        auto const there = TRY(inner_->get(key));
        auto known = words_of(TRY(directory_.fact(k_fact)).value_or(""));
        std::optional<std::string_view> was;
        if (there) {
            was = there->view();
            if (std::ranges::find(known, said(*was, "token")) == known.end()) return lose(*was);
        } else if (TRY(directory_.fact(k_place_fact)) == place) {
            return miss();
        }
        auto const token = new_token();
        known.push_back(token);
        if (known.size() > k_tokens_kept) known.erase(known.begin());
        TRY(directory_.set_fact(k_fact, in_words(known)));
        auto const mark = mark_of(directory_, token, clock_.now());
        // What became of it is read back: not every store keeps to conditions.
        TRY(inner_->put_if(key, was, mark, "application/json"));
        auto const now = TRY(inner_->get(key));
        if (!now || now->view() != mark) continue;
        TRY(directory_.set_fact(k_fact, token));
        TRY(directory_.set_fact(k_place_fact, place));
        state_ = {token, Steady::now()};
        find_again();
        return {};
    }
    return Error{Fault::busy, key + " changes whenever it is put"};
}

Result<void> OwnedStore::look_now() {
    if (auto const why = *lost_.lock()) return Error{Fault::invalid, *why};
    if (state_.token.empty()) return claim();
    auto const mark = TRY(inner_->get(mark_key(directory_)));
    if (!mark) return miss();
    if (said(mark->view(), "token") != state_.token) return lose(mark->view());
    state_.looked_at = Steady::now();
    find_again();
    return {};
}

Result<void> OwnedStore::look() {
    std::scoped_lock const one(mark_);
    return look_now();
}

Result<void> OwnedStore::hold() {
    auto const pause = is_near() ? k_look_near : k_look_far;
    std::scoped_lock const one(mark_);
    bool const fresh = !state_.token.empty() && Steady::now() - state_.looked_at < pause;
    if (fresh && !lost()) return {};
    return look_now();
}

Result<void> OwnedStore::put(std::string const& key, std::string_view bytes,
                             std::string const& content_type) {
    TRY(hold());
    return inner_->put(key, bytes, content_type);
}

Result<bool> OwnedStore::put_if(std::string const& key, std::optional<std::string_view> was,
                                std::string_view bytes, std::string const& content_type) {
    TRY(hold());
    return inner_->put_if(key, was, bytes, content_type);
}

Result<void> OwnedStore::remove(std::string const& key) {
    TRY(hold());
    return inner_->remove(key);
}

Result<void> end_ownership(ObjectStore& store, DataDirectory const& directory, Clock const& clock) {
    return store.put(mark_key(directory), mark_of(directory, new_token(), clock.now()),
                     "application/json");
}

} // namespace ds
