// Reading conditions.
#include "frontends/streams/conditions.h"

#include "model/precondition.h"

#include <memory>
#include <string>
#include <utility>

namespace ds::streams {

namespace {

constexpr std::string_view k_if_match = "If-Match";
constexpr std::string_view k_if_none_match = "If-None-Match";

bool has_condition(Request const& request) {
    return request.find(k_if_match) || request.find(k_if_none_match);
}

// All lines of a header that is a list, as one.
std::optional<std::string> joined(Request const& request, std::string_view name) {
    std::optional<std::string> all;
    for (auto const& [key, value] : request.headers)
        if (equals_ignoring_case(key, name))
            all = all ? *all + "," + std::string(value) : std::string(value);
    return all;
}

Response invalid_condition(std::string_view why) {
    return error_response(400, "INVALID_PRECONDITION", why);
}

} // namespace

std::variant<Ask, Response> conditioned(std::variant<Ask, Response> parsed, Request const& request,
                                        std::string_view directory) {
    auto* const ask = std::get_if<Ask>(&parsed);
    if (ask == nullptr || !has_condition(request)) return parsed;
    Precondition condition{std::string(directory), joined(request, k_if_match),
                           joined(request, k_if_none_match)};
    for (auto const& list : {condition.if_match, condition.if_none_match})
        if (list && !is_tag_list(*list))
            return invalid_condition(
                "If-Match and If-None-Match take *, or tags in quotes: an ETag, or a "
                "Stream-Next-Offset");
    auto shared = std::make_shared<Precondition const>(std::move(condition));
    if (auto* create = std::get_if<Create>(ask))
        create->condition = std::move(shared);
    else if (auto* append = std::get_if<Append>(ask))
        append->condition = std::move(shared);
    else if (auto* remove = std::get_if<Remove>(ask))
        remove->condition = std::move(shared);
    return parsed;
}

std::optional<Response> refused_condition(Request const& request) {
    bool const changes = request.method == Method::post || request.method == Method::put ||
                         request.method == Method::remove;
    if (!changes || !has_condition(request)) return std::nullopt;
    return invalid_condition("If-Match and If-None-Match are for streams; this has no tags");
}

} // namespace ds::streams
