// A tenant abroad.
#include "tenants/attacker.h"

#include "tenants/paths.h"

#include <algorithm>
#include <array>
#include <vector>

namespace ds::tenants {

namespace {

// The same choices twice, for two names of the same length.
template <typename Write>
std::pair<std::string, std::string> twice(Dice& dice, Write const& write, std::string const& name) {
    auto const seed = dice.next();
    Dice first(seed);
    Dice second(seed);
    return {write(first, name), write(second, absent_name(name))};
}

std::string but_last(std::string text) {
    text.back() = text.back() == 'A' ? 'B' : 'A';
    return text;
}

// All that is told, but for the time of day.
std::vector<std::pair<std::string, std::string>> told(HttpResponse const& answer) {
    auto headers = answer.headers;
    std::erase_if(headers, [](auto const& header) { return header.first == "date"; });
    return headers;
}

} // namespace

Attacker::Attacker(Caller& caller, Dice& dice, Findings& findings, Tenant const& self,
                   Ledger& victim, bool cheats, unsigned thread)
    : caller_(caller),
      dice_(dice),
      findings_(findings),
      self_(self),
      victim_(victim),
      cheats_(cheats),
      thread_(thread),
      own_token_(token(self, k_manage)),
      victim_token_(token(victim.tenant, k_manage)) {}

void Attacker::step() {
    auto const choice = dice_.below(100);
    if (choice < 76) return attack_stream();
    if (choice < 86) return attack_fork();
    if (choice < 96) return attack_config();
    stroll();
}

std::string Attacker::claims_of_victim(std::string_view scope, std::int64_t lives) {
    return claims(victim_.tenant.project, scope, lives);
}

Attacker::Shown Attacker::credentials(std::string const& stream) {
    constexpr std::int64_t k_while = 600;
    if (cheats_) return {bearer(victim_token_)};
    auto const& victim = victim_.tenant;
    auto const full = claims_of_victim(k_manage, k_while);
    auto const half = stream.substr(0, stream.size() - 1);
    switch (dice_.below(20)) {
    case 0: return {};
    case 1: return {bearer(forged("HS256", full, self_.secret))};
    case 2: return {bearer(forged("HS256", full, "a secret of nobody at all"))};
    case 3: return {bearer(forged("HS256", full, ""))};
    case 4: return {bearer(forged("HS256", claims_of_victim(k_manage, -60), victim.secret))};
    case 5: return {bearer(forged("none", full, victim.secret))};
    case 6: {
        auto const unsigned_one = forged("none", full, "");
        return {bearer(unsigned_one.substr(0, unsigned_one.rfind('.') + 1))};
    }
    case 7: return {bearer(forged("HS512", full, victim.secret))};
    case 8: // good, but for a stream whose name begins the wanted one's
        return {bearer(token(victim, k_manage, R"(,"stream_id":)" + json_string(half))),
                {},
                false,
                true};
    case 9:
        return {bearer(
            token(victim, k_manage, R"(,"nbf":)" + std::to_string(now_seconds() + k_while)))};
    case 10: return {bearer(but_last(victim_token_.substr(0, victim_token_.rfind('.'))) + ".A")};
    case 11: // signed by the victim, for the attacker's project
        return {bearer(forged("HS256", claims(self_.project, k_manage, k_while), victim.secret)),
                {},
                false,
                true};
    case 12:
    case 13: return stolen_words(stream, victim_token_);
    default: {
        Shown own{bearer(own_token_), {}, true};
        auto const known = victim_.streams.find(stream);
        if (known != victim_.streams.end() && dice_.in_hundred(20))
            own.query = "rk=" + known->second.reader_key;
        return own;
    }
    }
}

// The victim's good token or key where it does not count.
Attacker::Shown Attacker::stolen_words(std::string const& stream, std::string const& good) {
    switch (dice_.below(9)) {
    case 0: return {{}, "token=" + good};
    case 1: return {bearer(own_token_), "token=" + good, true};
    case 2: return {{{"Cookie", "ds_token=" + good}}};
    case 3:
        return {{{"Authorization", "Bearer " + own_token_}, {"Authorization", "Bearer " + good}}};
    case 4: return {{{"Authorization", "Basic " + good}}};
    case 5: return {{{"X-Authorization", "Bearer " + good}}};
    case 6: return {bearer(but_last(k_admin_token))};
    case 7: return {bearer(victim_.tenant.secret)};
    default: {
        auto const known = victim_.streams.find(stream);
        auto const key = known == victim_.streams.end() ? "" : known->second.reader_key;
        return {{}, "rk=" + key};
    }
    }
}

// Query and headers of any request to a stream.
void Attacker::dress(HttpRequest& request, std::string const& stream) {
    std::string query;
    auto const known = victim_.streams.find(stream);
    if (dice_.in_hundred(60)) query = dice_.in_hundred(80) ? "offset=-1" : "offset=now";
    if (known != victim_.streams.end() && !known->second.offsets.empty() && dice_.in_hundred(20))
        query = "offset=" + dice_.pick(known->second.offsets).first;
    if (!query.empty() && dice_.in_hundred(20)) query += "&live=long-poll";
    // A cheat would be let in, and wait for ever.
    if (!query.empty() && !cheats_ && dice_.in_hundred(10)) query += "&live=sse";
    if (dice_.in_hundred(5)) query += "&limit=1";
    if (dice_.in_hundred(5)) query += "&public=true&cache=shared";
    if (!query.empty()) request.target += "?" + query;
    auto& headers = request.headers;
    if (dice_.in_hundred(5)) headers.emplace_back("If-None-Match", "*");
    if (known != victim_.streams.end() && !known->second.etag.empty() && dice_.in_hundred(10))
        headers.emplace_back("If-None-Match", known->second.etag);
    if (dice_.in_hundred(5)) headers.emplace_back("Origin", "https://attacker.example");
    if (dice_.in_hundred(3)) headers.emplace_back("X-Original-URL", k_root + self_.project + "/a");
    if (dice_.in_hundred(3)) headers.emplace_back("X-HTTP-Method-Override", "GET");
    if (request.method != "PUT" && request.method != "POST") return;
    headers.emplace_back("Content-Type", "text/plain");
    if (dice_.in_hundred(80)) request.body = self_.marker + "-intruder\n";
    if (dice_.in_hundred(10)) headers.emplace_back("Stream-Closed", "true");
    if (dice_.in_hundred(10)) headers.emplace_back("Stream-TTL", "1");
    if (dice_.in_hundred(5)) headers.emplace_back("Stream-Seq", "zzz");
    if (dice_.in_hundred(5))
        headers.insert(headers.end(), {{"Producer-Id", "intruder"},
                                       {"Producer-Epoch", "0"},
                                       {"Producer-Seq", dice_.in_hundred(50) ? "0" : "7"}});
}

void Attacker::attack_stream() {
    auto const stream = victim_.any(dice_, !dice_.in_hundred(10));
    if (stream.empty()) return stroll();
    constexpr std::array<char const*, 12> k_methods{"GET",    "GET",     "GET",   "HEAD",
                                                    "HEAD",   "PUT",     "POST",  "POST",
                                                    "DELETE", "OPTIONS", "PATCH", "PUT"};
    HttpRequest there;
    there.method = dice_.pick(k_methods);
    auto const shown = credentials(stream);
    there.headers = shown.headers;
    auto const [path, absent_path] = twice(
        dice_,
        [&](Dice& dice, std::string const& name) {
            return tricky_path(dice, self_.project, victim_.tenant.project, name);
        },
        stream);
    dress(there, stream);
    if (!shown.query.empty()) there.target += (there.target.empty() ? "?" : "&") + shown.query;
    bool const key_route = dice_.in_hundred(8) && path.starts_with(k_root);
    if (key_route) there.method = "POST";
    auto absent = there;
    there.target.insert(0, path);
    absent.target.insert(0, absent_path);
    auto const place = place_of(there.target);
    if (shown.is_own_good && place && place->project == self_.project) {
        // It is the attacker's own to read, whatever it looks like.
        there.method = "GET";
        there.target = path + "?offset=-1";
        there.body.clear();
        caller_.ask(there, victim_.tenant);
        return;
    }
    auto const nobodys = place_of(absent.target);
    if (!key_route && absent.method == "PUT" && nobodys &&
        nobodys->project == victim_.tenant.project)
        victim_.never.insert(nobodys->stream);
    if (key_route) {
        there.target.replace(0, k_root.size(), "/v1/reader-key/");
        absent.target.replace(0, k_root.size(), "/v1/reader-key/");
    }
    compare(there, absent);
}

// A stream of the attacker's own, to be filled from one of the victim's.
void Attacker::attack_fork() {
    auto const source = victim_.any(dice_, !dice_.in_hundred(10));
    if (source.empty()) return stroll();
    auto const [path, absent_path] = twice(
        dice_,
        [&](Dice& dice, std::string const& name) {
            return tricky_path(dice, self_.project, victim_.tenant.project, name);
        },
        source);
    auto const place = place_of(path);
    if (place && place->project == self_.project) return;
    auto const& known = victim_.streams.find(source)->second;
    // The cheat makes it where it may: among the victim's.
    auto const& home = cheats_ ? victim_.tenant.project : self_.project;
    HttpRequest there{"PUT",
                      k_root + home + "/f" + std::to_string(thread_) + "-" + dice_.letters(4),
                      bearer(cheats_ ? victim_token_ : own_token_),
                      {}};
    if (!known.offsets.empty() && dice_.in_hundred(30))
        there.headers.emplace_back("Stream-Fork-Offset", dice_.pick(known.offsets).first);
    if (dice_.in_hundred(30)) there.headers.emplace_back("Content-Type", "text/plain");
    auto absent = there;
    there.headers.emplace_back("Stream-Forked-From", path);
    absent.headers.emplace_back("Stream-Forked-From", absent_path);
    compare(there, absent);
    // Nothing was made of it.
    HttpRequest const look{"GET", there.target, bearer(own_token_), {}};
    refused(look, caller_.ask(look, victim_.tenant));
}

// The victim's settings; a project that is not there must look the same.
void Attacker::attack_config() {
    constexpr std::array<char const*, 6> k_methods{"GET", "GET", "HEAD", "PUT", "POST", "DELETE"};
    HttpRequest there;
    there.method = cheats_ ? "GET" : dice_.pick(k_methods);
    auto const shown = credentials("settings");
    there.headers = shown.headers;
    if (there.method == "PUT") there.body = settings(self_.secret);
    if (dice_.in_hundred(50)) there.target = "?include=signingSecrets";
    auto absent = there;
    auto const seed = dice_.next();
    Dice first(seed);
    Dice second(seed);
    auto const nobody = std::string(victim_.tenant.project.size(), 'q');
    there.target.insert(0, "/v1/config/" +
                               tricky_project(first, self_.project, victim_.tenant.project));
    absent.target.insert(0, "/v1/config/" + tricky_project(second, self_.project, nobody));
    // Who was given a token by the victim may learn by it that there is a victim.
    if (shown.is_victims) return refused(there, caller_.ask(there, victim_.tenant));
    compare(there, absent);
}

// Whoever walks by without anything.
void Attacker::stroll() {
    std::array<std::string, 12> const targets{"/",
                                              "/v1",
                                              "/v1/stream",
                                              "/v1/stream/",
                                              "/v1/stream/" + victim_.tenant.project,
                                              "/v1/stream/" + victim_.tenant.project + "/",
                                              "/v1/config",
                                              "/v1/config/",
                                              "/v1/reader-key/",
                                              "/metrics",
                                              "/v1/stream/..%2f..%2f..%2fetc%2fpasswd",
                                              "/v1/inspect/" + victim_.tenant.project};
    HttpRequest const request{"GET", dice_.pick(targets), bearer(own_token_), {}};
    refused(request, caller_.ask(request, victim_.tenant));
}

void Attacker::refused(HttpRequest const& request, HttpResponse const& answer) {
    if (answer.status == 0 || answer.status >= 400) return;
    if (request.method == "OPTIONS" && answer.status == 204) return;
    findings_.add(Rule::let_in, "let in", request, answer);
}

void Attacker::compare(HttpRequest const& there, HttpRequest const& absent) {
    auto const one = caller_.ask(there, victim_.tenant);
    auto const none = caller_.ask(absent, victim_.tenant);
    refused(there, one);
    refused(absent, none);
    if (one.status == none.status && one.body == none.body && told(one) == told(none)) return;
    findings_.add(Rule::existence,
                  "not the answer of what is not there:\n" + text_of(absent) + text_of(none), there,
                  one);
}

} // namespace ds::tenants
