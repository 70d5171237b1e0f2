// The only file that sees OpenSSL.
#include "base/crypto.h"

#include "base/ensure.h"

#include <openssl/rand.h>

namespace ds {

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    // OpenSSL speaks of unsigned char; a std::string holds the same bytes.
    auto* out = static_cast<unsigned char*>(static_cast<void*>(bytes.data()));
    ENSURE(RAND_bytes(out, static_cast<int>(count)) == 1);
    return bytes;
}

} // namespace ds
