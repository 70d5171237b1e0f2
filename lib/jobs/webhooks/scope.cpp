// Paths of a scope.
#include "jobs/webhooks/scope.h"

#include "jobs/webhooks/glob.h"

namespace ds::webhooks {

namespace {

// What stands behind the project of a full name.
std::string_view stream_in(std::string_view full_name) {
    return full_name.substr(full_name.find('/') + 1);
}
std::string_view project_in(std::string_view full_name) {
    return full_name.substr(0, full_name.find('/'));
}

} // namespace

Result<StreamName> name_in(SubscriptionScope const& scope, std::string_view path) {
    auto name =
        TRY(scope.is_all() ? parse_stream_name(path) : make_stream_name(scope.project, path));
    if (is_reserved(name)) return Error{Fault::invalid, "the path is reserved"};
    return name;
}

bool holds(SubscriptionScope const& scope, std::string_view full_name) {
    return scope.is_all() || project_in(full_name) == scope.project;
}

std::string path_in(SubscriptionScope const& scope, std::string_view full_name) {
    auto const stream = stream_in(full_name);
    if (!scope.is_all()) return std::string(stream);
    bool const is_short =
        project_in(full_name) == k_default_project && stream.find('/') == std::string_view::npos;
    return std::string(is_short ? stream : full_name);
}

bool matches_in(SubscriptionScope const& scope, std::string_view pattern,
                std::string_view full_name) {
    if (!holds(scope, full_name)) return false;
    if (matches(pattern, path_in(scope, full_name))) return true;
    return scope.is_all() && matches(pattern, full_name);
}

std::string control_root(SubscriptionScope const& scope) {
    std::string root(k_stream_root);
    if (!scope.is_all()) root.append(scope.project).append("/");
    return root.append("__ds/");
}

} // namespace ds::webhooks
