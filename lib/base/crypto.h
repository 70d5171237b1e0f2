// Random bytes that nobody can guess, digests and signatures. The only door to OpenSSL's (TLS has
// its own, transport/tls).
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

// Ed25519 (RFC 8032). The seed is the private key: 32 bytes that nobody can guess. The public key
// has 32 bytes, a signature 64.
inline constexpr std::size_t k_ed25519_seed_bytes = 32;
std::string ed25519_public_key(std::string_view seed);
std::string ed25519_sign(std::string_view seed, std::string_view message);
bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature);

// Takes a time that depends on the sizes alone: for what must not be guessed piece by piece.
bool same_secret(std::string_view a, std::string_view b);

} // namespace ds
