// A tenant: its project and secret, the marker in all it writes, and what it knows of its streams.
#pragma once

#include "support/dice.h"
#include "support/http_client.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::tenants {

inline constexpr char const* k_admin_token = "the-token-of-the-administrator";

struct Tenant {
    std::string project;
    std::string secret;
    std::string marker;
};

// What was acknowledged of a stream.
struct OwnStream {
    std::string content;
    bool alive = true;
    bool closed = false;
    bool mortal = false; // it has a TTL, and may end at any time
    bool forked = false; // its name may stay taken after it was deleted
    std::vector<std::pair<std::string, std::size_t>> offsets; // and the bytes before each
    std::string etag;
    std::string reader_key; // when it has been told
};

// What one thread made as a tenant. Threads use different names, so that each repeats by itself.
struct Ledger {
    Tenant const& tenant;
    std::map<std::string, OwnStream> streams{};
    std::set<std::string> never{}; // names that others tried to make

    // The name of one that is there, or of none yet; empty when there are none.
    std::string any(Dice& dice, bool alive) const;
};

// Every kind of name, of which some are another thread's prefix, path or trap; they end in a digit.
std::string some_name(Dice& dice, std::string const& other, unsigned thread);
// As long as `name`, and nobody's: it ends in a letter.
std::string absent_name(std::string name);

std::int64_t now_seconds();
inline constexpr std::string_view k_read = "read";
inline constexpr std::string_view k_write = "write";
inline constexpr std::string_view k_manage = "manage";
// A good token; `more` is further members of its claims.
std::string token(Tenant const& tenant, std::string_view scope, std::string const& more = {});
// Whatever it is worth.
std::string forged(std::string const& algorithm, std::string const& claims, std::string const& key);
std::string claims(std::string const& sub, std::string_view scope, std::int64_t lives,
                   std::string const& more = {});
std::string json_string(std::string_view text);

HttpHeaders bearer(std::string const& token);
std::string settings(std::string const& secret, std::string const& more = {});

} // namespace ds::tenants
