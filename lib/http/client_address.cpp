// IPv4 addresses as they are, IPv6 addresses by their network.
#include "http/client_address.h"

#include <algorithm>
#include <cstddef>

namespace ds::http {

std::string client_address(boost::asio::ip::address const& peer) {
    namespace ip = boost::asio::ip;
    if (peer.is_v4()) return peer.to_string();
    // A socket that takes both sees IPv4 as "::ffff:192.0.2.1".
    if (peer.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, peer.to_v6()).to_string();
    constexpr std::ptrdiff_t k_network = 8;
    auto bytes = peer.to_v6().to_bytes();
    std::fill(bytes.begin() + k_network, bytes.end(), static_cast<unsigned char>(0));
    return ip::address_v6(bytes).to_string() + "/64";
}

} // namespace ds::http
