// How far a request may go, as the addresses that its host may turn out to have.
//
// For URLs that strangers name (protocol section 12.8): a name says nothing, since whoever owns it
// decides where it leads, and may decide otherwise a moment later.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

enum class Reach : std::uint8_t {
    anywhere,
    internet, // addresses that are one host's in the whole world; no private, local or special ones
    loopback, // this machine, by 127.0.0.0/8 or ::1
};

// `address` is 4 or 16 bytes in network order; other sizes are nowhere.
bool reaches(Reach reach, std::string_view address);

// Whether a host is this machine by its very name: localhost, or an address of 127.0.0.0/8 or ::1,
// in brackets or not.
bool is_loopback(std::string_view host);

// "10.0.0.1" or "2001:db8::1" as 4 or 16 bytes.
std::optional<std::string> address_bytes(std::string_view text);

} // namespace ds
