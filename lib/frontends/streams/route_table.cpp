// Paths against patterns, and what is wrong with a path that fits none.
#include "frontends/streams/route_table.h"

#include "auth/projects.h"
#include "base/encoding.h"
#include "frontends/streams/estuary_requests.h"
#include "frontends/streams/refusals.h"
#include "model/estuary.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ds::streams {

namespace {

constexpr std::string_view k_reserved = "__ds";

constexpr char const* k_of_retention = "limits are set for a project or a stream";

// What patterns begin with, and what is said of a path below it that is none.
struct Root {
    std::string_view path;
    char const* nothing_code = "NOT_FOUND"; // 404: no pattern fits
    char const* nothing = nullptr;
    char const* bad_code = "MISSING_PROJECT_OR_STREAM_ID"; // 400: a name breaks a rule
    char const* bad = nullptr;                             // null: the rule is told
    bool splits_first = false; // slashes that are percent-encoded do not end a segment
};
constexpr std::array k_roots{
    Root{k_stream_root, "SUBSCRIPTION_NOT_FOUND", "there is nothing at this path"},
    Root{k_estuary_root, "STREAM_NOT_FOUND", "there is nothing below an estuary but /ack"},
    Root{"/v1/config/", "KEY_NOT_FOUND", "a project has settings and keys", "INVALID_PROJECT_ID",
         "a project is 1 to 64 letters, digits, _ or -", true},
    Root{"/v1/retention/", "NOT_FOUND", k_of_retention, "MISSING_PROJECT_OR_STREAM_ID",
         k_of_retention},
    Root{"/v1/reader-key/", "NOT_FOUND", "a stream has a reader key"},
    Root{.path = "", .splits_first = true}, // all others
};

std::size_t root_of(std::string_view path) {
    std::size_t at = 0;
    while (!path.starts_with(k_roots[at].path))
        ++at;
    return at;
}

// What is left of a path, by segments.
struct Rest {
    std::string_view text;
    bool more = true; // there is a segment, if only an empty one

    std::string_view take() {
        auto const segment = text.substr(0, text.find('/'));
        more = segment.size() < text.size();
        text.remove_prefix(std::min(text.size(), segment.size() + 1));
        return segment;
    }
};

// The parameters of a path, not checked.
struct Parameters {
    std::optional<std::string_view> project;
    std::optional<std::string_view> estuary;
    std::optional<std::string_view> name; // of a stream, with or without its project
    std::string_view id;
    std::string_view stream;
};

bool take_parameter_of(std::string_view wanted, std::string_view given, Parameters& found) {
    if (wanted == "{project}")
        found.project = given;
    else if (wanted == "{estuary}")
        found.estuary = given;
    else if (wanted.starts_with('{'))
        found.id = given;
    else
        return wanted == given;
    return true;
}

// Both without what the root is.
bool matches(std::string_view pattern, std::string_view path, Parameters& found) {
    Rest wanted{pattern};
    Rest given{path};
    while (wanted.more) {
        if (!given.more) return false;
        bool const ends_with_stream = wanted.text == "{project}/{stream}";
        if (ends_with_stream || wanted.text == "{stream}") {
            if (ends_with_stream)
                found.name = given.text;
            else
                found.stream = given.text;
            return true;
        }
        auto const segment = wanted.take();
        bool const of_all = segment == "{project}" && wanted.text.starts_with(k_reserved) &&
                            given.text.substr(0, given.text.find('/')) == k_reserved;
        if (!of_all && !take_parameter_of(segment, given.take(), found)) return false;
    }
    return !given.more;
}

// A path below a root, decoded; the views are into it.
struct Decoded {
    explicit Decoded(std::string_view rest) : text(rest) {
        if (rest.find('%') == std::string_view::npos) return;
        held = percent_decode(rest);
        if (held) text = *held;
        is_right = held.has_value();
    }
    std::optional<std::string> held;
    std::string_view text;
    bool is_right = true;
};

constexpr char const* k_not_decodable = "a '%' in the path is not followed by two hex digits";

Response bad_name(Root const& root, std::string_view why) {
    return http::error_response(400, root.bad_code, root.bad != nullptr ? root.bad : why);
}

Response nothing_below(Root const& root) {
    auto const form = root.path == k_stream_root ? ErrorForm::nested : ErrorForm::flat;
    return error_answer(form, 404, root.nothing_code, root.nothing);
}

std::variant<Target, Response> target_of(Root const& root, Parameters const& found) {
    Target target;
    target.id = found.id;
    target.stream = found.stream;
    if (found.name) {
        auto name = parse_stream_name(*found.name);
        if (!name) return bad_name(root, name.error().what);
        target.name = *std::move(name);
        if (!is_reserved(target.name)) return target;
        return root.path == k_stream_root ? nothing_below(root) : nothing_here();
    }
    if (!found.project) return target;
    auto const decoded = root.splits_first ? percent_decode(*found.project)
                                           : std::optional<std::string>(*found.project);
    if (!decoded) return bad_name(root, k_not_decodable);
    if (found.estuary && *decoded == k_reserved) return nothing_here();
    if (auto const fine = check_project_name(*decoded); !fine)
        return bad_name(root, fine.error().what);
    if (root.path == k_estuary_root && is_word_of_routes(*decoded))
        return bad_name(root, "what to subscribe or to publish to is missing");
    target.project = *decoded;
    if (!found.estuary) return target;
    if (!is_estuary_id(*found.estuary)) return bad_estuary_id();
    auto name = make_stream_name(target.project, *found.estuary);
    if (!name) return bad_name(root, name.error().what);
    target.name = *std::move(name);
    if (is_reserved(target.name)) return nothing_here();
    return target;
}

// The order in which methods are told.
constexpr std::array k_methods{Method::get, Method::head, Method::put, Method::post,
                               Method::remove};

Route const* route_for(Resource const& resource, Method method) {
    Route const* by_get = nullptr;
    for (auto const* route : resource.routes) {
        if (route->method == method) return route;
        if (route->method == Method::get) by_get = route;
    }
    return method == Method::head ? by_get : nullptr;
}

} // namespace

RouteTable::RouteTable(std::vector<Route> rows) : rows_(std::move(rows)) {
    for (auto const& row : rows_) {
        auto at = std::ranges::find(resources_, std::string_view(row.pattern), &Resource::pattern);
        if (at == resources_.end()) {
            at = resources_.insert(at,
                                   Resource{row.pattern, {}, {}, 0, root_of(row.pattern), false});
            at->is_reserved = at->pattern.find("/__ds/") != std::string_view::npos;
        }
        at->routes.push_back(&row);
        at->body_max = std::max(at->body_max, row.body_max);
    }
    for (auto& resource : resources_) {
        for (auto const method : k_methods)
            if (route_for(resource, method) != nullptr)
                resource.allow.append(name_of(method)).append(", ");
        resource.allow.append("OPTIONS");
    }
}

RouteTable::Found RouteTable::find(Method method, std::string_view path) const {
    auto const number = root_of(path);
    auto const& root = k_roots[number];
    Found found;
    if (path == k_stream_root) return found; // as little as what is above it
    auto const rest = path.substr(root.path.size());
    std::optional<Decoded> decoded;
    if (!root.splits_first) decoded.emplace(rest);
    if (decoded && !decoded->is_right) {
        found.wrong = bad_name(root, k_not_decodable);
        return found;
    }
    auto const below = decoded ? decoded->text : rest;
    // Nearly every path is a stream's, and is held against one pattern.
    bool const may_be_reserved = below.find(k_reserved) != std::string_view::npos;
    for (auto const& resource : resources_) {
        if (resource.root != number || (resource.is_reserved && !may_be_reserved)) continue;
        Parameters parameters;
        if (!matches(resource.pattern.substr(root.path.size()), below, parameters)) continue;
        found.resource = &resource;
        auto target = target_of(root, parameters);
        if (auto* wrong = std::get_if<Response>(&target))
            found.wrong = std::move(*wrong);
        else
            found.target = std::get<Target>(std::move(target));
        found.route = route_for(resource, method);
        return found;
    }
    if (!root.path.empty()) found.wrong = nothing_below(root);
    return found;
}

RouteTable const& route_table() {
    static RouteTable const table([] {
        std::vector<Route> all = subscription_routes();
        for (auto* more : {&read_routes, &write_routes, &estuary_routes, &config_routes,
                           &retention_routes, &server_routes})
            for (auto& row : (*more)())
                all.push_back(std::move(row));
        return all;
    }());
    return table;
}

} // namespace ds::streams
