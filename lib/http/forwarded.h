// Who asks, and how, when the request came through proxies: X-Forwarded-For, X-Forwarded-Proto and
// X-Forwarded-Host, believed only as far as they were written by proxies that are trusted.
//
// Each proxy adds at the right where its own client was. So X-Forwarded-For is walked from the
// right, as long as the hop that wrote the entry is trusted; where that ends is the client. What
// stands further left anybody may have invented.
#pragma once

#include "http/request.h"
#include "transport/address.h"

#include <string>
#include <string_view>

namespace ds::http {

struct Client {
    transport::Address address;
    std::string_view scheme;
    std::string_view host; // "streams.example.com:8443"; into the request
};

// `seen` is what the connection itself says: its peer, its scheme, and the Host header. It stands
// where the peer is not trusted, or says nothing that can be understood.
Client client_behind(Client const& seen, transport::Networks const& trusted,
                     Request const& request);

} // namespace ds::http
