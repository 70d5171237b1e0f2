// Hosts and origins against what is allowed.
#include "frontends/streams/pages.h"

#include "base/encoding.h"
#include "frontends/streams/this_machine.h"

#include <algorithm>
#include <vector>

namespace ds::streams {

namespace {

constexpr std::size_t k_told_max = 256; // of what a peer said, in an answer

// Somebody else's name leads here: a page of that name would be taken for one of ours.
http::Response foreign_host(std::string_view host) {
    return http::error_response(
        403, "FOREIGN_HOST",
        "while no token is needed, only names of this machine are answered (localhost, 127.0.0.1, "
        "[::1]), not " +
            std::string(host.substr(0, k_told_max)) +
            "; make a project with ds create-project, or start with --public-url");
}

http::Response foreign_origin(std::string_view origin) {
    return http::error_response(
        403, "FOREIGN_ORIGIN",
        "while no token is needed, only pages of this machine are answered, not those of " +
            std::string(origin.substr(0, k_told_max)) +
            "; name the origin with --cors-origin, or make a project with ds create-project");
}

// A browser says of each request who has set it off, also where it sends no Origin.
constexpr std::string_view k_fetch_site = "Sec-Fetch-Site";

bool is_change(http::Method method) {
    return method != http::Method::get && method != http::Method::head &&
           method != http::Method::options;
}

// What a page of another origin is told that may not read.
std::shared_ptr<http::CrossOrigin const> nobody_else() {
    static http::CrossOrigin const nobody;
    return {std::shared_ptr<void>(), &nobody}; // counts nothing: all event loops have it
}

} // namespace

bool Pages::is_closed() {
    return options_.only_here && access_.is_open();
}

bool Pages::names(std::string_view origin, Project const* project) const {
    auto const in = [&](std::vector<std::string> const& all) {
        return std::ranges::find(all, origin) != all.end();
    };
    return in(options_.cors_origins) || (project != nullptr && in(project->settings.cors_origins));
}

bool Pages::is_of_us(std::string_view origin) const {
    return is_origin_of_this_machine(origin) || is_origin_of(options_.public_url, origin) ||
           names("*", nullptr) || names(origin, nullptr);
}

std::optional<http::Response> Pages::refuse_foreigner(http::Request const& request) {
    if (!is_closed()) return std::nullopt;
    // A preflight only asks; what is refused is the request that follows.
    if (request.method == http::Method::options) return std::nullopt;
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
    if (origin && !is_of_us(*origin)) return foreign_origin(*origin);
    // A read shows nothing to the page that has set it off.
    if (!origin && site == "cross-site" && is_change(request.method))
        return foreign_origin("another site");
    return std::nullopt;
}

std::shared_ptr<http::CrossOrigin const> Pages::cross_origin(http::Request const& request,
                                                             std::string_view project) {
    bool const closed = is_closed();
    auto const& all = options_.cors_origins;
    if (!closed && all.empty() && !access_.are_origins_named()) return nullptr;
    auto const* const known = access_.project(project);
    bool const named = !all.empty() || (known != nullptr && !known->settings.cors_origins.empty());
    if ((!closed && !named) || names("*", known)) return nullptr;
    auto const origin = request.find("Origin");
    if (!origin || request.count("Origin") > 1) return nobody_else();
    if (!(closed ? is_of_us(*origin) : names(*origin, known))) return nobody_else();
    bool const of_project = known != nullptr && known->settings.cookie_token;
    return std::make_shared<http::CrossOrigin const>(http::CrossOrigin{
        std::string(*origin), of_project || options_.mode == access::AuthMode::hook});
}

} // namespace ds::streams
