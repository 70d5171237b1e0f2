// Who may do what: credentials and an access request in; granted, denied, or "ask the hook" out.
// All of them are values, of no protocol: a frontend reads its requests into them, and says a
// denial in its own words.
//
// One Access for each event loop. It remembers the tokens that it has found good, until they expire
// or a project changes, so that most decisions cost a look-up.
//
// Whoever is denied learns nothing: "unauthenticated" for a token that is missing or worthless,
// whether or not there is such a project or stream; "forbidden" for one that is good, but not for
// this. With an external hook all that is decided here is what needs no hook: who reads what is
// public, and the administrator.
#pragma once

#include "auth/grant.h"
#include "auth/projects.h"
#include "auth/verdict.h"
#include "base/clock.h"
#include "base/text_hash.h"
#include "model/stream_name.h"
#include "service/access/options.h"

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
#include <vector>

namespace ds::access {

// What somebody shows. The views are into the request or session that it came with.
struct Credentials {
    // A token that was shown to us alone: in a header, or as the password of a login. Empty when
    // what was shown is no token.
    std::optional<std::string_view> token{};
    // How often something was shown there. More than once is worth nothing: which one counts?
    std::size_t shown = 0;
    // Tokens in places that are, or may be, in caches and histories. They count where nothing was
    // shown to us alone, for reads, and if the project wants that.
    std::vector<std::string> in_url{};
    std::vector<std::string> in_cookie{};
};

// What somebody wants to do, and to what.
struct AccessRequest {
    Right right = Right::read;
    std::string_view project{};
    std::string_view stream{}; // within the project; empty for what concerns all of it
    bool is_public = false;    // the stream may be read by anyone
    bool always = false;       // credentials are needed even where nobody is asked for any
    bool never_public = false; // also not where the project is
    // It is the administrator's affair, or of who has the one token for everything.
    bool admin_only = false;
};

struct Granted {
    enum class By : std::uint8_t {
        nobody,     // no credentials were needed
        credential, // by what was shown to us alone
        exposed,    // by what is, or may be, in caches and histories: never to be kept
        the_admin,  // by the administrator's token
    };
    By by = By::nobody;
    bool one_stream = false; // the token is for a single stream
    bool by_hook = false;    // the hook has looked at this access request, and at nothing else
    // Whether its project wants its reads in no shared cache, where that has been looked up.
    std::optional<bool> cache_private{};
};

struct Denied {
    enum class Why : std::uint8_t {
        unauthenticated, // credentials are missing, or worthless
        forbidden,       // they are good, and not for this
        unavailable,     // nobody can say at the moment
    };
    Why why = Why::unauthenticated;
    std::string text{};      // for who holds a good token: what it lacks; else empty
    std::string challenge{}; // of the hook: which credentials it wants; else empty
};

// The hook decides.
struct AskHook {};

using Decision = std::variant<Granted, Denied, AskHook>;

// What a verdict of the hook comes to. Which credential it went by only the hook knows: `by` is
// what may have been it.
Decision judged(Verdict const& verdict, Granted::By by);

class Access {
public:
    Access(AuthOptions const& options, Clock const& clock) : options_(options), clock_(clock) {}

    Decision decide(Credentials const& shown, AccessRequest const& wanted);

    // Whether the administrator's token is shown.
    bool is_administrator(Credentials const& shown) const;
    // Whether anybody is asked for anything.
    bool is_open();

    // What is set for a project; null when there is no such project. Good until the next call.
    Project const* project(std::string_view name);
    // Whether any project names origins of its own.
    bool are_origins_named();
    // Whether `key` is what makes the URLs of this stream unguessable, and the key itself.
    bool is_reader_key(std::string_view key, StreamName const& name, std::int64_t stream);
    std::string reader_key(StreamName const& name, std::int64_t stream);

private:
    // The token that counts; `repeated` when it is not clear which does.
    struct Presented {
        std::optional<std::string_view> token;
        Granted::By by = Granted::By::credential;
        bool repeated = false;
    };
    static Presented presented(Credentials const& shown, AccessRequest const& wanted,
                               Project const* project);
    void look_at_projects();
    bool is_admin_token(std::optional<std::string_view> token) const;
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
};

} // namespace ds::access
