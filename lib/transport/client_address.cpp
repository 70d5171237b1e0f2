// IPv4 addresses as they are, IPv6 addresses by their network.
#include "transport/client_address.h"

#include <algorithm>
#include <cstddef>

namespace ds::transport {

std::string client_address(Address const& peer) {
    // IPv4 is kept as ::ffff:1.2.3.4, which none of the networks of IPv6 is.
    auto text = to_text(peer);
    if (peer.is_unix || text.find(':') == std::string::npos) return text;
    constexpr std::ptrdiff_t k_network = 8;
    auto network = peer;
    std::fill(network.bytes.begin() + k_network, network.bytes.end(), std::uint8_t{0});
    return to_text(network) + "/64";
}

} // namespace ds::transport
