// Addresses and networks as text, and the peer of a socket.
#include "transport/address.h"

#include "base/encoding.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace ds::transport {

namespace {

constexpr std::string_view k_unix = "unix";
constexpr std::size_t k_v4_at = 12; // where the four bytes of IPv4 stand
constexpr unsigned k_v4_bits = 8 * k_v4_at;

Address v4_address(void const* four_bytes) {
    Address address;
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(address.bytes.data() + k_v4_at, four_bytes, 4);
    return address;
}

bool is_v4(Address const& address) {
    static Address const start = v4_address("\0\0\0");
    return !address.is_unix &&
           std::equal(start.bytes.begin(), start.bytes.begin() + k_v4_at, address.bytes.begin());
}

bool bit_at(Address const& address, unsigned place) {
    return (address.bytes[place / 8] >> (7 - place % 8) & 1) != 0;
}

} // namespace

std::optional<Address> parse_address(std::string_view text) {
    std::string const ended(text); // inet_pton wants a zero at the end
    if (ended.find('\0') != std::string::npos) return std::nullopt;
    in_addr four{};
    if (::inet_pton(AF_INET, ended.c_str(), &four) == 1) return v4_address(&four);
    Address address;
    if (::inet_pton(AF_INET6, ended.c_str(), address.bytes.data()) == 1) return address;
    return std::nullopt;
}

std::string to_text(Address const& address) {
    if (address.is_unix) return std::string(k_unix);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4(address))
        ::inet_ntop(AF_INET, address.bytes.data() + k_v4_at, text.data(), text.size());
    else
        ::inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
    return text.data();
}

Address peer_of(int socket) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    Address address;
    if (::getpeername(socket, static_cast<sockaddr*>(static_cast<void*>(&peer)), &size) != 0)
        return address; // it has gone
    void const* const raw = &peer;
    if (peer.ss_family == AF_INET)
        return v4_address(&static_cast<sockaddr_in const*>(raw)->sin_addr);
    if (peer.ss_family == AF_INET6)
        std::memcpy(address.bytes.data(), &static_cast<sockaddr_in6 const*>(raw)->sin6_addr,
                    address.bytes.size());
    address.is_unix = peer.ss_family == AF_UNIX;
    return address;
}

bool Network::contains(Address const& address) const {
    if (start.is_unix || address.is_unix) return start.is_unix && address.is_unix;
    auto const whole = bits / 8;
    if (!std::equal(start.bytes.begin(), start.bytes.begin() + whole, address.bytes.begin()))
        return false;
    for (auto place = whole * 8; place < bits; ++place)
        if (bit_at(start, place) != bit_at(address, place)) return false;
    return true;
}

std::optional<Network> parse_network(std::string_view text) {
    if (text == k_unix) return Network{{.bytes = {}, .is_unix = true}, 0};
    auto const slash = text.find('/');
    auto const start = parse_address(text.substr(0, slash));
    if (!start) return std::nullopt;
    // By how it was written: ::ffff:0:0/96 counts all bits, although it is the same as 0.0.0.0/0.
    bool const v4 = text.substr(0, slash).find(':') == std::string_view::npos;
    Network network{*start, 128};
    if (slash != std::string_view::npos) {
        auto const bits = parse_decimal(text.substr(slash + 1), v4 ? 32 : 128);
        if (!bits) return std::nullopt;
        network.bits = static_cast<unsigned>(*bits) + (v4 ? k_v4_bits : 0);
    }
    for (auto place = network.bits; place < 128; ++place)
        if (bit_at(*start, place)) return std::nullopt;
    return network;
}

bool contains(Networks const& networks, Address const& address) {
    return std::any_of(networks.begin(), networks.end(),
                       [&](Network const& network) { return network.contains(address); });
}

} // namespace ds::transport

std::size_t std::hash<ds::transport::Address>::operator()(
    ds::transport::Address const& address) const noexcept {
    std::string_view const bytes(
        static_cast<char const*>(static_cast<void const*>(address.bytes.data())),
        address.bytes.size());
    return std::hash<std::string_view>()(bytes) + (address.is_unix ? 1 : 0);
}
