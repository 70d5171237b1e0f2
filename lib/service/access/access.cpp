// Credentials, and tokens that were found good.
#include "service/access/access.h"

#include "base/crypto.h"

#include <utility>

namespace ds::access {

namespace {

// Good tokens that are remembered: beyond it all are forgotten, and checked again.
constexpr std::size_t k_good_max = 4096;

std::string_view scopes_for(Right right) {
    switch (right) {
    case Right::read:
    case Right::join: return "read, write or manage";
    case Right::write: return "write or manage";
    case Right::manage: break;
    }
    return "manage";
}

// For who holds a good token: what it lacks. Its claims are its holder's to know.
Denied lacking(Claims const& claims, AccessRequest const& wanted) {
    auto const forbidden = [](std::string text) {
        return Denied{Denied::Why::forbidden, std::move(text)};
    };
    if (wanted.admin_only) return forbidden("only the administrator's token will do");
    if (claims.sub != wanted.project)
        return forbidden("the token is for the project " + claims.sub + ", and for no other");
    if (claims.stream_id && wanted.stream.empty())
        return forbidden("the token is for one stream, and this concerns all of the project");
    if (claims.stream_id && *claims.stream_id != wanted.stream)
        return forbidden("the token is for the stream " + *claims.stream_id + ", and for no other");
    return forbidden("this needs the scope " + std::string(scopes_for(wanted.right)) +
                     "; the token has the scope " + std::string(text_of(claims.scope)));
}

} // namespace

bool lets_everybody_in(AuthOptions const& options, Projects::Directory const* known) {
    if (options.mode != AuthMode::automatic) return options.mode == AuthMode::none;
    return options.open_without_projects && (known == nullptr || !known->had_any);
}

Decision judged(Verdict const& verdict, Granted::By by) {
    switch (verdict.ruling) {
    case Verdict::Ruling::let_in: break;
    case Verdict::Ruling::unauthorized:
        return Denied{Denied::Why::unauthenticated, {}, verdict.challenge};
    case Verdict::Ruling::forbidden: return Denied{Denied::Why::forbidden};
    case Verdict::Ruling::unknown: return Denied{Denied::Why::unavailable};
    }
    return Granted{.by = by, .by_hook = true};
}

void Access::look_at_projects() {
    if (options_.projects == nullptr) return;
    auto const version = options_.projects->version();
    if (version == seen_version_) return;
    directory_ = options_.projects->directory();
    seen_version_ = version;
    good_.clear();
}

bool Access::is_admin_token(std::optional<std::string_view> token) const {
    return !options_.admin_token.empty() && token && same_secret(*token, options_.admin_token);
}

bool Access::is_administrator(Credentials const& shown) const {
    return shown.shown == 1 && is_admin_token(shown.token);
}

bool Access::is_open() {
    if (options_.mode == AuthMode::automatic) look_at_projects();
    return lets_everybody_in(options_, directory_.get());
}

Project const* Access::project(std::string_view name) {
    look_at_projects();
    return directory_ ? directory_->find(name) : nullptr;
}

bool Access::are_origins_named() {
    look_at_projects();
    return directory_ && directory_->any_origins;
}

Access::Presented Access::presented(Credentials const& shown, AccessRequest const& wanted,
                                    Project const* project) {
    if (shown.shown > 0) return {shown.token, Granted::By::credential, shown.shown > 1};
    Presented found;
    if (project == nullptr || wanted.right != Right::read) return found;
    bool const by_url = project->settings.query_token && !shown.in_url.empty();
    if (!by_url && !project->settings.cookie_token) return found;
    auto const& tokens = by_url ? shown.in_url : shown.in_cookie;
    found.by = Granted::By::exposed;
    found.repeated = tokens.size() > 1;
    if (!tokens.empty()) found.token = tokens.front();
    return found;
}

Claims const* Access::claims_of(std::string_view token, Project const& project) {
    auto found = good_.find(token);
    if (found == good_.end() || found->second.project != project.name) {
        auto verified = verify_token(token, project.settings.signing_secrets, clock_.now());
        if (verified.fault) return nullptr;
        if (good_.size() >= k_good_max) good_.clear();
        found = good_
                    .insert_or_assign(std::string(token),
                                      Good{project.name, *std::move(verified.claims)})
                    .first;
    }
    auto const& claims = found->second.claims;
    if (count_ms(clock_.now()) / 1'000 < claims.exp + k_leeway_seconds) return &claims;
    good_.erase(found);
    return nullptr;
}

Decision Access::decide(Credentials const& shown, AccessRequest const& wanted) {
    if (!wanted.always && is_open()) return Granted{};
    auto const* const known = project(wanted.project);
    bool const reads = wanted.right == Right::read;
    if (reads && !wanted.never_public &&
        (wanted.is_public || (known != nullptr && known->settings.is_public)))
        return Granted{};
    bool const hooked = options_.mode == AuthMode::hook;
    auto const counts = presented(shown, wanted, hooked ? nullptr : known);
    if (counts.repeated || (!counts.token && !hooked)) return Denied{};
    if (counts.by == Granted::By::credential && is_admin_token(counts.token))
        return Granted{Granted::By::the_admin};
    if (hooked && wanted.admin_only) return Denied{};
    if (hooked) return AskHook{};
    if (options_.mode == AuthMode::token) {
        if (same_secret(*counts.token, options_.token)) return Granted{counts.by};
        return Denied{};
    }
    if (known == nullptr) return Denied{};
    auto const* const claims = claims_of(*counts.token, *known);
    if (claims == nullptr) return Denied{};
    if (wanted.admin_only || !allows(*claims, wanted.right, wanted.project, wanted.stream))
        return lacking(*claims, wanted);
    return Granted{counts.by, claims->stream_id.has_value(), false, known->settings.cache_private};
}

bool Access::is_reader_key(std::string_view key, StreamName const& name, std::int64_t stream) {
    return same_secret(key, reader_key(name, stream));
}

std::string Access::reader_key(StreamName const& name, std::int64_t stream) {
    look_at_projects();
    if (options_.projects == nullptr) return {};
    return options_.projects->reader_key(*directory_, name, stream);
}

} // namespace ds::access
