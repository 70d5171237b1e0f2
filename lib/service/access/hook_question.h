// What an external hook is told of an access request, whatever protocol it came by.
//
//     X-Original-Method, X-Original-URI   as they came; the URI is path and query
//     X-Forwarded-For, -Host, -Proto      the client, as far as trusted proxies say who it is
//     Stream-Right                        read, write or manage
//     Stream-Project, Stream-Name         whose; without Stream-Name it is about all of the project
//     and what of the client's own words its frontend passes on
//
// Whatever the hook is told may decide, so a verdict is kept for exactly that. Only where a reader
// stands does not count: it moves with every request.
#pragma once

#include "auth/hook.h"
#include "service/access/access.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::access {

// Who asks, how, and by what, in words that the hook is told.
struct Caller {
    std::string_view method;
    std::string uri;
    std::string settled_uri; // without where a reader stands
    std::string address;
    std::string_view host;
    std::string_view scheme;
    // Names in lower case. No value has a line break.
    std::vector<std::pair<std::string, std::string_view>> headers;
};

HookQuestion hook_question(AccessRequest const& wanted, Caller const& caller);

} // namespace ds::access
