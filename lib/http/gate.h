// Who may pass: the credentials of a request against the projects and what the server was told.
//
// One for each io thread. It remembers the tokens that it has found good, until they expire or a
// project changes, so that most requests cost a look-up.
//
// A token comes as "Authorization: Bearer <token>"; for reads, where the project allows it, also as
// ?token= or as the cookie ds_token, because a browser's EventSource cannot send headers.
// Who is not let in learns nothing: 401 for a token that is missing or worthless, whether or not
// there is such a project or stream; 403 for one that is good, but not for this.
//
// With an external hook all that is decided here is what needs no hook: who reads what is public,
// and the administrator.
#pragma once

#include "auth/grant.h"
#include "auth/projects.h"
#include "auth/verdict.h"
#include "base/clock.h"
#include "base/text_hash.h"
#include "http/options.h"
#include "http/request.h"
#include "http/response.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace ds::http {

// What a request asks for, and of whom.
struct Errand {
    Right right = Right::read;
    std::string_view project;
    std::string_view stream;   // within the project; empty for what concerns all of it
    bool is_public = false;    // the stream may be read by anyone
    bool always = false;       // credentials are needed even where nobody is asked for any
    bool never_public = false; // also not where the project is
    // The path of the source of a fork, when it is the source that is read.
    std::string_view source{};
    // It is the administrator's affair, or of who has the one token for everything.
    bool admin_only = false;
};

// How a request was let in.
struct Pass {
    enum class By : std::uint8_t {
        nobody,    // no credentials were needed
        header,    // by a header, which caches do not share
        url,       // by something that is or may be in caches and histories: never to be kept
        the_admin, // by the administrator's token
    };
    By by = By::nobody;
    bool one_stream = false; // the token is for a single stream
    bool by_hook = false;    // the hook has looked at this errand, and at nothing else
    // Whether its project wants its reads in no shared cache, where that has been looked up.
    std::optional<bool> cache_private{};
};

// The hook decides.
struct AskHook {};

// The token in the value of an Authorization header: "Bearer <token>", with any spaces between.
std::optional<std::string_view> bearer_in(std::string_view value);

// Whether everybody is let in, by what the server was told and by the projects that it knows, if
// any.
bool lets_everybody_in(AuthOptions const& options, Projects::Directory const* known);

class Gate {
public:
    Gate(AuthOptions const& options, Clock const& clock) : options_(options), clock_(clock) {}

    std::variant<Pass, Response, AskHook> admit(Request const& request, Errand const& errand);
    // What a verdict of the hook comes to.
    static std::variant<Pass, Response, AskHook> judged(Request const& request,
                                                        Verdict const& verdict);

    // Whether the administrator's token is shown.
    bool is_administrator(Request const& request) const;
    // Whether anybody is asked for anything.
    bool is_open();
    // 403 for who is let in without a token, but comes under a foreign name or from a foreign page.
    std::optional<Response> refuse_foreigner(Request const& request);
    // Whether `key` is what makes the URLs of this stream unguessable, and the key itself.
    bool is_reader_key(std::string_view key, StreamName const& name, std::int64_t stream);
    std::string reader_key(StreamName const& name, std::int64_t stream);
    // Whether no cache but the reader's own may keep what is read of this project.
    bool is_cache_private(std::string_view project);

    // How many estuaries the project may have.
    std::uint64_t estuaries_max(std::string_view project);

    // Null: pages of all origins may read.
    std::shared_ptr<CrossOrigin const> cross_origin(Request const& request,
                                                    std::string_view project);

private:
    // What was presented; `repeated` when it is not clear which counts.
    struct Presented {
        std::optional<std::string_view> token; // of the request, or of `decoded`
        std::unique_ptr<std::string> decoded;  // what a URL or a cookie said
        Pass::By by = Pass::By::header;
        bool repeated = false;
    };
    void look_at_projects();
    bool is_admin_token(std::optional<std::string_view> token) const;
    bool is_closed_to_pages(); // but for those of this machine, and named ones
    bool names(std::string_view origin, Project const* project) const;
    bool is_page_of_us(std::string_view origin) const;
    Presented presented(Request const& request, Errand const& errand, Project const* project) const;
    Claims const* claims_of(std::string_view token, Project const& project);

    AuthOptions const& options_;
    Clock const& clock_;
    std::uint64_t seen_version_ = 0;
    std::shared_ptr<Projects::Directory const> directory_;
    // By token. One may be good for several projects: then the last that was asked for stands here.
    struct Good {
        std::string project;
        Claims claims;
    };
    // Only good tokens get in, and what tells them apart is how they end: the signature.
    struct TokenHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view token) const {
            constexpr std::size_t k_enough = 32;
            return TextHash{}(token.substr(token.size() - std::min(token.size(), k_enough)));
        }
    };
    std::unordered_map<std::string, Good, TokenHash, std::equal_to<>> good_;
    std::string good_host_; // the last that was found to be of this machine
};

} // namespace ds::http
