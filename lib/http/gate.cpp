// Credentials, tokens that were found good, and origins.
#include "http/gate.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "http/this_machine.h"
#include "protocol/headers.h"

#include <algorithm>
#include <utility>

namespace ds::http {

namespace {

// Good tokens that are remembered: beyond it all are forgotten, and checked again.
constexpr std::size_t k_good_max = 4096;
constexpr std::string_view k_cookie = "ds_token";
constexpr std::size_t k_told_max = 256; // of what a peer said, in an answer

Response unauthorized(std::string_view challenge = "Bearer") {
    auto response = error_response(401, "UNAUTHORIZED", "unauthorized");
    response.add("WWW-Authenticate", challenge);
    return response;
}

Response forbidden(std::string_view why = "forbidden") {
    return error_response(403, "FORBIDDEN", why);
}

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
Response forbidden(Claims const& claims, Errand const& errand) {
    if (errand.admin_only) return forbidden("only the administrator's token will do");
    if (claims.sub != errand.project)
        return forbidden("the token is for the project " + claims.sub + ", and for no other");
    if (claims.stream_id && errand.stream.empty())
        return forbidden("the token is for one stream, and this concerns all of the project");
    if (claims.stream_id && *claims.stream_id != errand.stream)
        return forbidden("the token is for the stream " + *claims.stream_id + ", and for no other");
    return forbidden("this needs the scope " + std::string(scopes_for(errand.right)) +
                     "; the token has the scope " + std::string(text_of(claims.scope)));
}

// Somebody else's name leads here: a page of that name would be taken for one of ours.
Response foreign_host(std::string_view host) {
    return error_response(
        403, "FOREIGN_HOST",
        "while no token is needed, only names of this machine are answered (localhost, 127.0.0.1, "
        "[::1]), not " +
            std::string(host.substr(0, k_told_max)) +
            "; make a project with ds create-project, or start with --public-url");
}

Response foreign_origin(std::string_view origin) {
    return error_response(
        403, "FOREIGN_ORIGIN",
        "while no token is needed, only pages of this machine are answered, not those of " +
            std::string(origin.substr(0, k_told_max)) +
            "; name the origin with --cors-origin, or make a project with ds create-project");
}

// A browser says of each request who has set it off, also where it sends no Origin.
constexpr std::string_view k_fetch_site = "Sec-Fetch-Site";

bool is_change(Method method) {
    return method != Method::get && method != Method::head && method != Method::options;
}

// What a page of another origin is told that may not read.
std::shared_ptr<CrossOrigin const> nobody_else() {
    static CrossOrigin const nobody;
    return {std::shared_ptr<void>(), &nobody}; // counts nothing: all io threads have it
}

// The cookie's values in one Cookie header.
void cookies_in(std::string_view header, std::vector<std::string_view>& values) {
    while (!header.empty()) {
        auto const pair = trim(header.substr(0, header.find(';')));
        header.remove_prefix(std::min(header.find(';'), header.size() - 1) + 1);
        auto const equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == k_cookie)
            values.push_back(pair.substr(equals + 1));
    }
}

} // namespace

std::optional<std::string_view> bearer_in(std::string_view value) {
    constexpr std::string_view k_scheme = "Bearer";
    // In any case: RFC 9110, 11.1.
    if (!equals_ignoring_case(value.substr(0, k_scheme.size()), k_scheme)) return std::nullopt;
    auto const rest = value.substr(k_scheme.size());
    auto const token = trim(rest);
    if (token.empty() || token.size() == rest.size()) return std::nullopt;
    return token;
}

void Gate::look_at_projects() {
    if (options_.projects == nullptr) return;
    auto const version = options_.projects->version();
    if (version == seen_version_) return;
    directory_ = options_.projects->directory();
    seen_version_ = version;
    good_.clear();
}

bool Gate::is_admin_token(std::optional<std::string_view> token) const {
    return !options_.admin_token.empty() && token && same_secret(*token, options_.admin_token);
}

bool Gate::is_administrator(Request const& request) const {
    return request.count("Authorization") == 1 &&
           is_admin_token(bearer_in(*request.find("Authorization")));
}

bool lets_everybody_in(AuthOptions const& options, Projects::Directory const* known) {
    if (options.mode != AuthMode::automatic) return options.mode == AuthMode::none;
    return options.open_without_projects && (known == nullptr || !known->had_any);
}

bool Gate::is_open() {
    if (options_.mode == AuthMode::automatic) look_at_projects();
    return lets_everybody_in(options_, directory_.get());
}

bool Gate::is_closed_to_pages() {
    return options_.only_here && is_open();
}

bool Gate::names(std::string_view origin, Project const* project) const {
    auto const in = [&](std::vector<std::string> const& all) {
        return std::ranges::find(all, origin) != all.end();
    };
    return in(options_.cors_origins) || (project != nullptr && in(project->settings.cors_origins));
}

bool Gate::is_page_of_us(std::string_view origin) const {
    return is_origin_of_this_machine(origin) || is_origin_of(options_.public_url, origin) ||
           names("*", nullptr) || names(origin, nullptr);
}

std::optional<Response> Gate::refuse_foreigner(Request const& request) {
    if (!is_closed_to_pages()) return std::nullopt;
    // A preflight only asks; what is refused is the request that follows.
    if (request.method == Method::options) return std::nullopt;
    std::optional<std::string_view> host;
    std::optional<std::string_view> origin;
    std::string_view site;
    for (auto const& [name, value] : request.headers) {
        if (equals_ignoring_case(name, "Host")) host = value;
        if (equals_ignoring_case(name, "Origin")) origin = value;
        if (equals_ignoring_case(name, k_fetch_site)) site = value;
    }
    if (host && *host != good_host_ && !options_.any_host) {
        if (!is_host_of_this_machine(*host) && !is_host_of(options_.public_url, *host))
            return foreign_host(*host);
        good_host_ = *host;
    }
    if (origin && !is_page_of_us(*origin)) return foreign_origin(*origin);
    // A read shows nothing to the page that has set it off.
    if (!origin && site == "cross-site" && is_change(request.method))
        return foreign_origin("another site");
    return std::nullopt;
}

Gate::Presented Gate::presented(Request const& request, Errand const& errand,
                                Project const* project) const {
    Presented found;
    bool shown = false;
    for (auto const& [name, value] : request.headers) {
        if (!equals_ignoring_case(name, "Authorization")) continue;
        found.repeated = found.repeated || shown;
        if (!std::exchange(shown, true)) found.token = bearer_in(value);
    }
    if (shown) return found;
    if (project == nullptr || errand.right != Right::read) return found;
    std::vector<std::string_view> values;
    if (project->settings.query_token) values = query_values(request.query, query::token);
    if (values.empty() && project->settings.cookie_token)
        for (auto const& [name, value] : request.headers)
            if (equals_ignoring_case(name, "Cookie")) cookies_in(value, values);
    found.repeated = values.size() > 1;
    found.by = Pass::By::url;
    if (values.empty()) return found;
    if (auto decoded = percent_decode(values.front())) {
        found.decoded = std::make_unique<std::string>(*std::move(decoded));
        found.token = *found.decoded;
    }
    return found;
}

Claims const* Gate::claims_of(std::string_view token, Project const& project) {
    auto found = good_.find(token);
    if (found == good_.end() || found->second.project != project.name) {
        auto verdict = verify_token(token, project.settings.signing_secrets, clock_.now());
        if (verdict.fault) return nullptr;
        if (good_.size() >= k_good_max) good_.clear();
        found = good_
                    .insert_or_assign(std::string(token),
                                      Good{project.name, *std::move(verdict.claims)})
                    .first;
    }
    auto const& claims = found->second.claims;
    if (count_ms(clock_.now()) / 1'000 < claims.exp + k_leeway_seconds) return &claims;
    good_.erase(found);
    return nullptr;
}

// Which credential the hook went by only the hook knows. So what is in caches and histories, or
// what a cache does not see, counts as in the other modes: unless there is a header that does not.
std::variant<Pass, Response, AskHook> Gate::judged(Request const& request, Verdict const& verdict) {
    switch (verdict.ruling) {
    case Verdict::Ruling::let_in: break;
    case Verdict::Ruling::unauthorized:
        return verdict.challenge.empty() ? unauthorized() : unauthorized(verdict.challenge);
    case Verdict::Ruling::forbidden: return forbidden();
    case Verdict::Ruling::unknown:
        return error_response(503, "AUTH_UNAVAILABLE",
                              "whether this is allowed cannot be found out at the moment");
    }
    bool const elsewhere =
        request.find("Cookie") || !query_values(request.query, query::token).empty();
    Pass pass{request.find("Authorization") || !elsewhere ? Pass::By::header : Pass::By::url};
    pass.by_hook = true;
    return pass;
}

std::variant<Pass, Response, AskHook> Gate::admit(Request const& request, Errand const& errand) {
    if (!errand.always && is_open()) return Pass{};
    look_at_projects();
    auto const* const project = directory_ ? directory_->find(errand.project) : nullptr;
    bool const reads = errand.right == Right::read;
    if (reads && !errand.never_public &&
        (errand.is_public || (project != nullptr && project->settings.is_public)))
        return Pass{};
    bool const hooked = options_.mode == AuthMode::hook;
    auto const shown = presented(request, errand, hooked ? nullptr : project);
    if (shown.repeated || (!shown.token && !hooked)) return unauthorized();
    if (shown.by == Pass::By::header && is_admin_token(shown.token))
        return Pass{Pass::By::the_admin};
    if (hooked && errand.admin_only) return unauthorized();
    if (hooked) return AskHook{};
    if (options_.mode == AuthMode::token) {
        if (same_secret(*shown.token, options_.token)) return Pass{shown.by};
        return unauthorized();
    }
    if (project == nullptr) return unauthorized();
    auto const* const claims = claims_of(*shown.token, *project);
    if (claims == nullptr) return unauthorized();
    if (errand.admin_only || !allows(*claims, errand.right, errand.project, errand.stream))
        return forbidden(*claims, errand);
    return Pass{shown.by, claims->stream_id.has_value(), false, project->settings.cache_private};
}

bool Gate::is_reader_key(std::string_view key, StreamName const& name, std::int64_t stream) {
    return same_secret(key, reader_key(name, stream));
}

std::string Gate::reader_key(StreamName const& name, std::int64_t stream) {
    look_at_projects();
    if (options_.projects == nullptr) return {};
    return options_.projects->reader_key(*directory_, name, stream);
}

bool Gate::is_cache_private(std::string_view project) {
    look_at_projects();
    auto const* const known = directory_ ? directory_->find(project) : nullptr;
    return known != nullptr && known->settings.cache_private;
}

std::uint64_t Gate::estuaries_max(std::string_view project) {
    look_at_projects();
    auto const* const known = directory_ ? directory_->find(project) : nullptr;
    return known != nullptr ? known->settings.estuaries_max : k_any_estuaries;
}

std::shared_ptr<CrossOrigin const> Gate::cross_origin(Request const& request,
                                                      std::string_view project) {
    bool const closed = is_closed_to_pages();
    look_at_projects();
    auto const& all = options_.cors_origins;
    if (!closed && all.empty() && !(directory_ && directory_->any_origins)) return nullptr;
    auto const* const known = directory_ ? directory_->find(project) : nullptr;
    bool const named = !all.empty() || (known != nullptr && !known->settings.cors_origins.empty());
    if ((!closed && !named) || names("*", known)) return nullptr;
    auto const origin = request.find("Origin");
    if (!origin || request.count("Origin") > 1) return nobody_else();
    if (!(closed ? is_page_of_us(*origin) : names(*origin, known))) return nobody_else();
    bool const of_project = known != nullptr && known->settings.cookie_token;
    return std::make_shared<CrossOrigin const>(
        CrossOrigin{std::string(*origin), of_project || options_.mode == AuthMode::hook});
}

} // namespace ds::http
