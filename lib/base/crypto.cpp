// Random bytes and digests by OpenSSL.
#include "base/crypto.h"

#include "base/ensure.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace ds {

namespace {

constexpr std::size_t k_sha256_bytes = 32;

// OpenSSL speaks of unsigned char; a std::string holds the same bytes.
unsigned char* out(std::string& bytes) {
    return static_cast<unsigned char*>(static_cast<void*>(bytes.data()));
}
unsigned char const* in(std::string_view bytes) {
    // A null pointer would mean something else than "no bytes".
    return static_cast<unsigned char const*>(
        static_cast<void const*>(bytes.empty() ? "" : bytes.data()));
}

} // namespace

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    ENSURE(RAND_bytes(out(bytes), static_cast<int>(count)) == 1);
    return bytes;
}

std::string sha256(std::string_view bytes) {
    std::string digest(k_sha256_bytes, '\0');
    ENSURE(EVP_Digest(in(bytes), bytes.size(), out(digest), nullptr, EVP_sha256(), nullptr) == 1);
    return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
    std::string digest(k_sha256_bytes, '\0');
    ENSURE(HMAC(EVP_sha256(), in(key), static_cast<int>(key.size()), in(message), message.size(),
                out(digest), nullptr) != nullptr);
    return digest;
}

bool same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace ds
