// Who is on the other side of a connection: an IP address, or a peer on the Unix socket; and the
// networks that addresses belong to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds::transport {

// IPv4 is kept as the IPv6 addresses that stand for it (::ffff:1.2.3.4), so that a client has one
// address whichever socket it came to.
struct Address {
    std::array<std::uint8_t, 16> bytes{};
    bool is_unix = false; // no address at all: the peer is on this machine

    friend bool operator==(Address const&, Address const&) = default;
};

// "10.0.0.1", "2001:db8::1"; no port, no brackets, no zone.
std::optional<Address> parse_address(std::string_view text);
// The same way round; "unix" for a peer on the Unix socket.
std::string to_text(Address const& address);
// The peer of a connected socket. What is neither IP nor known counts as a peer on this machine
// only when the socket is a Unix one; otherwise it is ::, which nobody has.
Address peer_of(int socket);

struct Network {
    Address start;
    unsigned bits = 128; // of `start` that its members share

    bool contains(Address const& address) const;
};
using Networks = std::vector<Network>;

// "10.0.0.0/8", "2001:db8::/32", an address alone, or "unix". Bits beyond the prefix must be zero:
// else one of the two was not meant.
std::optional<Network> parse_network(std::string_view text);
bool contains(Networks const& networks, Address const& address);

} // namespace ds::transport

template <>
struct std::hash<ds::transport::Address> {
    std::size_t operator()(ds::transport::Address const& address) const noexcept;
};
