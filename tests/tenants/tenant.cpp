// Names and tokens.
#include "tenants/tenant.h"

#include "base/crypto.h"
#include "base/encoding.h"

#include <chrono>

namespace ds::tenants {

namespace {

constexpr std::int64_t k_good_seconds = 3600;
// Few enough that names come back, in their life and after it.
constexpr std::uint64_t k_numbers = 40;

} // namespace

std::string Ledger::any(Dice& dice, bool alive) const {
    if (streams.empty()) return {};
    auto at = std::next(streams.begin(), static_cast<std::ptrdiff_t>(dice.below(streams.size())));
    for (std::size_t looked = 0; looked < streams.size(); ++looked) {
        if (at->second.alive == alive) return at->first;
        if (++at == streams.end()) at = streams.begin();
    }
    return {};
}

std::string some_name(Dice& dice, std::string const& other, unsigned thread) {
    auto const number = std::to_string(thread) + "-" + std::to_string(dice.below(k_numbers));
    switch (dice.below(16)) {
    case 0: return "S" + number;
    case 1: return other + "/s" + number;
    case 2: return "_default/s" + number;
    case 3: return "a/__ds/s" + number;
    case 4: return "x y/s" + number;
    case 5: return "\xc3\xa9/s" + number;
    case 6: return "%2F" + other + "%2Fs" + number;
    case 7: return "..." + number;
    case 8: return "%2e%2e/" + other + "/s" + number;
    case 9: return "a?b=c&d#e/s" + number;
    case 10: return std::string(500, 'n') + number;
    default: return "s" + number;
    }
}

std::string absent_name(std::string name) {
    name.back() = 'z';
    return name;
}

std::int64_t now_seconds() {
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::string json_string(std::string_view text) {
    std::string quoted = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') quoted.push_back('\\');
        quoted.push_back(c);
    }
    return quoted.append("\"");
}

std::string claims(std::string const& sub, std::string_view scope, std::int64_t lives,
                   std::string const& more) {
    return R"({"sub":)" + json_string(sub) + R"(,"scope":)" + json_string(scope) + more +
           R"(,"exp":)" + std::to_string(now_seconds() + lives) + "}";
}

std::string forged(std::string const& algorithm, std::string const& claims,
                   std::string const& key) {
    auto const head = R"({"alg":")" + algorithm + R"(","typ":"JWT"})";
    auto const text = base64url_encode(head) + "." + base64url_encode(claims);
    return text + "." + base64url_encode(hmac_sha256(key, text));
}

std::string token(Tenant const& tenant, std::string_view scope, std::string const& more) {
    return forged("HS256", claims(tenant.project, scope, k_good_seconds, more), tenant.secret);
}

HttpHeaders bearer(std::string const& token) {
    return {{"Authorization", "Bearer " + token}};
}

std::string settings(std::string const& secret, std::string const& more) {
    return R"({"signingSecrets":[)" + json_string(secret) + "]" + more + "}";
}

} // namespace ds::tenants
