// Random bytes that nobody can guess, and digests. The only door to
// OpenSSL's (TLS has its own, http/tls).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ds {

// `count` bytes from the system's generator. Stops the program when there is no randomness.
std::string random_bytes(std::size_t count);

// 32 raw bytes (FIPS 180-4).
std::string sha256(std::string_view bytes);
// 32 raw bytes (RFC 2104, with SHA-256).
std::string hmac_sha256(std::string_view key, std::string_view message);

// Takes a time that depends on the sizes alone: for what must not be guessed piece by piece.
bool same_secret(std::string_view a, std::string_view b);

} // namespace ds
