// A real little hook: an HTTP server that is asked whether requests may pass, and can be held back.
#pragma once

#include "http/wire.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ds::test {

class HookServer {
public:
    // What it was told of one request.
    struct Asked {
        std::string method;
        std::string target;
        Headers headers;

        // The value of a header, "(none)" when it is absent; names in any case.
        std::string operator[](std::string_view name) const;
    };
    struct Answer {
        int status = 204;
        Headers headers{};
    };
    using Decide = std::function<Answer(Asked const&)>;

    explicit HookServer(Decide decide);
    ~HookServer();
    HookServer(HookServer const&) = delete;
    HookServer& operator=(HookServer const&) = delete;

    std::string url() const; // of http://127.0.0.1:<port>/may
    std::vector<Asked> asked() const;
    std::size_t count() const { return asked().size(); }
    // From now on it answers nothing; then what has come meanwhile, too.
    void hold();
    void release();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// Lets in, or not, by what the token says: "all", "reads", "writes", "nothing" (403), "broken"
// (500), "moved" (302); anything else is answered 401 with a challenge. `control`: Cache-Control of
// all answers.
HookServer::Decide by_token(std::string const& control = {});

} // namespace ds::test
