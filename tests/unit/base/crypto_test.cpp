// Promises of base/crypto, by the vectors of FIPS 180-4 and RFC 4231.
#include "base/crypto.h"
#include "base/encoding.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

TEST_CASE("crypto: sha256 gives the published digests") {
    CHECK(hex_encode(sha256("")) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hex_encode(sha256("abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex_encode(sha256(std::string(1'000'000, 'a'))) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("crypto: hmac_sha256 gives the published codes, for short and for long keys") {
    CHECK(hex_encode(hmac_sha256("", "")) ==
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    CHECK(hex_encode(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hex_encode(hmac_sha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("crypto: ed25519 gives the published keys and signatures") {
    // RFC 8032, 7.1, tests 1 and 2.
    auto const seed =
        std::string("\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4"
                    "\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60");
    auto const key = ed25519_public_key(seed);
    CHECK(hex_encode(key) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    auto const signature = ed25519_sign(seed, "");
    CHECK(hex_encode(signature) == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e0652249015"
                                   "55fb8821590a33bacc61e39701cf9"
                                   "b46bd25bf5f0595bbe24655141438e7a100b");
    CHECK(ed25519_verify(key, "", signature));
    CHECK_FALSE(ed25519_verify(key, "x", signature));
    CHECK_FALSE(ed25519_verify(key, "", signature.substr(1)));
    CHECK_FALSE(ed25519_verify("no key", "", signature));
}

TEST_CASE("crypto: random bytes differ from call to call") {
    CHECK(random_bytes(16).size() == 16);
    CHECK(random_bytes(16) != random_bytes(16));
}
