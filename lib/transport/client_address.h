// Whom the limits for client addresses mean by an address.
#pragma once

#include "transport/address.h"

#include <string>

namespace ds::transport {

// "192.0.2.1", or "2001:db8:0:1::/64": who has one address of a /64 has all of them.
std::string client_address(Address const& peer);

} // namespace ds::transport
