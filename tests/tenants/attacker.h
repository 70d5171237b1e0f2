// What a tenant tries to do with the other's streams, without a token for it.
#pragma once

#include "tenants/caller.h"
#include "tenants/findings.h"
#include "tenants/tenant.h"

#include <string>

namespace ds::tenants {

class Attacker {
public:
    // With `cheats` every attack brings the victim's own token, and so must be found out.
    Attacker(Caller& caller, Dice& dice, Findings& findings, Tenant const& self, Ledger& victim,
             bool cheats, unsigned thread);

    void step();

private:
    // What an attack brings; the same for both of a pair.
    struct Shown {
        HttpHeaders headers{};
        std::string query{};      // "token=.." or "rk=.."
        bool is_own_good = false; // good for the attacker's own project
        bool is_victims = false;  // good, but for something else than what is wanted
    };
    Shown credentials(std::string const& stream);
    Shown stolen_words(std::string const& stream, std::string const& good);
    std::string claims_of_victim(std::string_view scope, std::int64_t lives);

    void attack_stream();
    void attack_fork();
    void attack_config();
    void stroll();
    void dress(HttpRequest& request, std::string const& stream);
    // Both must be refused, with the same words.
    void compare(HttpRequest const& there, HttpRequest const& absent);
    void refused(HttpRequest const& request, HttpResponse const& answer);

    Caller& caller_;
    Dice& dice_;
    Findings& findings_;
    Tenant const& self_;
    Ledger& victim_;
    bool cheats_;
    unsigned thread_;
    std::string own_token_, victim_token_;
};

} // namespace ds::tenants
