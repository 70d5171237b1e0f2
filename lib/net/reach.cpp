// The addresses that are not the internet's, by the registries of special purposes (RFC 6890 and
// what came after it).
#include "net/reach.h"

#include "base/encoding.h"

#include <arpa/inet.h>

#include <array>
#include <cstddef>

namespace ds {

namespace {

struct Block {
    std::array<std::uint8_t, 16> start;
    unsigned bits;
};

bool lies_in(Block const& block, std::string_view address) {
    for (unsigned bit = 0; bit < block.bits; ++bit) {
        auto const here = static_cast<std::uint8_t>(address[bit / 8]);
        if (((here ^ block.start[bit / 8]) >> (7 - bit % 8) & 1U) != 0) return false;
    }
    return true;
}

constexpr Block k_loopback_v4{{127}, 8};
constexpr std::array<Block, 15> k_special_v4{{
    {{0}, 8},             // "this network"
    {{10}, 8},            // private
    {{100, 64}, 10},      // carriers' NAT; some clouds keep their metadata here
    {{127}, 8},           // loopback
    {{169, 254}, 16},     // link-local, and the metadata of most clouds
    {{172, 16}, 12},      // private
    {{192, 0, 0}, 24},    // protocols
    {{192, 0, 2}, 24},    // documentation
    {{192, 88, 99}, 24},  // 6to4 relays
    {{192, 168}, 16},     // private
    {{198, 18}, 15},      // benchmarks
    {{198, 51, 100}, 24}, // documentation
    {{203, 0, 113}, 24},  // documentation
    {{224}, 4},           // multicast
    {{240}, 4},           // reserved, and broadcast
}};

// Of IPv6 only what is handed out for the world counts at all; of that, not these.
constexpr Block k_global_v6{{0x20}, 3};
constexpr std::array<Block, 3> k_special_v6{{
    {{0x20, 0x01, 0x00}, 23},       // protocols, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, // documentation
    {{0x3f, 0xff}, 20},             // documentation
}};
// Addresses that stand for an IPv4 address, and where that begins.
constexpr Block k_mapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Block k_translated{{0x00, 0x64, 0xff, 0x9b}, 96};
constexpr Block k_6to4{{0x20, 0x02}, 16};

bool is_internet_v4(std::string_view address) {
    for (auto const& block : k_special_v4)
        if (lies_in(block, address)) return false;
    return true;
}

bool is_internet(std::string_view address) {
    if (address.size() == sizeof(in_addr)) return is_internet_v4(address);
    if (lies_in(k_mapped, address) || lies_in(k_translated, address))
        return is_internet_v4(address.substr(12));
    if (lies_in(k_6to4, address)) return is_internet_v4(address.substr(2, sizeof(in_addr)));
    for (auto const& block : k_special_v6)
        if (lies_in(block, address)) return false;
    return lies_in(k_global_v6, address);
}

bool is_loopback_address(std::string_view address) {
    constexpr Block k_loopback_v6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128};
    if (address.size() == sizeof(in_addr)) return lies_in(k_loopback_v4, address);
    if (lies_in(k_mapped, address)) return lies_in(k_loopback_v4, address.substr(12));
    return lies_in(k_loopback_v6, address);
}

} // namespace

bool reaches(Reach reach, std::string_view address) {
    if (address.size() != sizeof(in_addr) && address.size() != sizeof(in6_addr)) return false;
    switch (reach) {
    case Reach::anywhere: return true;
    case Reach::internet: return is_internet(address);
    case Reach::loopback: return is_loopback_address(address);
    }
    return false;
}

bool is_loopback(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (equals_ignoring_case(host, "localhost")) return true;
    auto const address = address_bytes(host);
    return address && is_loopback_address(*address);
}

std::optional<std::string> address_bytes(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return std::nullopt; // inet_pton ends there
    bool const v6 = text.find(':') != std::string_view::npos;
    std::string bytes(v6 ? sizeof(in6_addr) : sizeof(in_addr), '\0');
    if (inet_pton(v6 ? AF_INET6 : AF_INET, std::string(text).c_str(), bytes.data()) != 1)
        return std::nullopt;
    return bytes;
}

} // namespace ds
