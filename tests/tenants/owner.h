// What a tenant does with its own streams, held against what was acknowledged to it.
#pragma once

#include "tenants/caller.h"
#include "tenants/findings.h"
#include "tenants/tenant.h"

#include <string>

namespace ds::tenants {

class Owner {
public:
    Owner(Caller& caller, Dice& dice, Findings& findings, Ledger& mine, Tenant const& other,
          unsigned thread);

    void step();
    // Reads everything, and what others tried to make here.
    void verify();

private:
    HttpRequest request(std::string const& method, std::string const& name, std::string_view scope);
    void create();
    void create_again();
    void fork();
    void append();
    void remove();
    void read();
    void look();
    void change_key();
    void change_settings();
    void read_all(std::string const& name, OwnStream& stream);

    // Whether the answer is one of those, or the stream has come to its end in time.
    bool expect(bool as_wanted, OwnStream& stream, HttpRequest const& request,
                HttpResponse const& answer);
    void note_key(OwnStream& stream, HttpResponse const& answer);
    void note_offset(OwnStream& stream, HttpResponse const& answer);
    std::string message();

    Caller& caller_;
    Dice& dice_;
    Findings& findings_;
    Ledger& mine_;
    Tenant const& other_;
    unsigned thread_;
    std::string read_token_, write_token_, manage_token_;
};

} // namespace ds::tenants
