// Random bytes, digests and signatures by OpenSSL.
#include "base/crypto.h"

#include "base/ensure.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>

namespace ds {

namespace {

constexpr std::size_t k_sha256_bytes = 32;
constexpr std::size_t k_ed25519_key_bytes = 32;
constexpr std::size_t k_ed25519_signature_bytes = 64;

// OpenSSL speaks of unsigned char; a std::string holds the same bytes.
unsigned char* out(std::string& bytes) {
    return static_cast<unsigned char*>(static_cast<void*>(bytes.data()));
}
unsigned char const* in(std::string_view bytes) {
    // A null pointer would mean something else than "no bytes".
    return static_cast<unsigned char const*>(
        static_cast<void const*>(bytes.empty() ? "" : bytes.data()));
}

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

Key private_key(std::string_view seed) {
    Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, in(seed), seed.size()));
    ENSURE(key != nullptr);
    return key;
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

std::string ed25519_public_key(std::string_view seed) {
    std::string bytes(k_ed25519_key_bytes, '\0');
    auto size = bytes.size();
    ENSURE(EVP_PKEY_get_raw_public_key(private_key(seed).get(), out(bytes), &size) == 1);
    return bytes;
}

std::string ed25519_sign(std::string_view seed, std::string_view message) {
    std::string signature(k_ed25519_signature_bytes, '\0');
    auto size = signature.size();
    auto const key = private_key(seed);
    DigestContext const context(EVP_MD_CTX_new());
    ENSURE(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
    ENSURE(EVP_DigestSign(context.get(), out(signature), &size, in(message), message.size()) == 1);
    return signature;
}

bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature) {
    Key const key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, in(public_key), public_key.size()));
    if (key == nullptr) return false;
    DigestContext const context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), in(signature), signature.size(), in(message),
                            message.size()) == 1;
}

bool same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace ds
