// A server with two projects, and the tokens to reach them.
#pragma once

#include "auth/jwt.h"
#include "http/server_under_test.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

namespace ds::test {

inline std::string const k_shop_secret = "the first secret of the shop";
inline std::string const k_other_secret = "the first secret of the other";
inline std::string const k_admin = "the-token-of-the-administrator";

inline std::int64_t now_seconds() {
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

inline std::string token(TokenScope scope, std::string const& secret = k_shop_secret,
                         std::string const& project = "shop", std::string const& stream = {},
                         std::int64_t lives = 600) {
    Claims claims;
    claims.sub = project;
    claims.scope = scope;
    claims.exp = now_seconds() + lives;
    if (!stream.empty()) claims.stream_id = stream;
    return sign_token(claims, secret);
}

inline Headers bearer(std::string const& token) {
    return {{"Authorization", "Bearer " + token}};
}

inline std::string settings(std::string const& secret, std::string const& more = {}) {
    return R"({"signingSecrets":[")" + secret + R"("])" + more + "}";
}

// A server with two projects, made over HTTP by the administrator.
class Guarded {
public:
    explicit Guarded(std::string const& long_poll_seconds = "1")
        : server_({"--auth", "projects", "--long-poll-timeout", long_poll_seconds,
                   "--admin-token-file", token_file()}) {
        CHECK(put_settings("shop", settings(k_shop_secret)).status == 201);
        CHECK(put_settings("other", settings(k_other_secret)).status == 201);
    }

    ServerUnderTest& server() { return server_; }
    Reply put_settings(std::string const& project, std::string const& document) {
        return ask(server_, "PUT", "/v1/config/" + project, bearer(k_admin), document);
    }
    Reply as_admin(std::string const& method, std::string const& target, Headers more = {},
                   std::string const& body = {}) {
        return ask(server_, method, target, with(bearer(k_admin), more), body);
    }

private:
    std::string token_file() {
        auto const path = data_.path() + "/admin-token";
        std::ofstream(path) << k_admin << "\n";
        return path;
    }
    TempDir data_;
    ServerUnderTest server_;
};

// One for all tests that need nothing special; main ends it.
inline std::unique_ptr<Guarded>& shared_guarded() {
    static std::unique_ptr<Guarded> one;
    return one;
}

inline Guarded& guarded() {
    auto& one = shared_guarded();
    if (!one) one = std::make_unique<Guarded>();
    return *one;
}

} // namespace ds::test
