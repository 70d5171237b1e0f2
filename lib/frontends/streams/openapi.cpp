// The document, made of the rows of routes and of the tables.
#include "frontends/streams/openapi.h"

#include "base/encoding.h"
#include "frontends/streams/openapi_tables.h"

#include <nlohmann/json.hpp>

#include <set>
#include <span>
#include <string>
#include <string_view>

namespace ds::streams {

namespace {

using Json = nlohmann::ordered_json;

Json schema(char const* text) {
    return Json::parse(text);
}

Json named_json(std::span<openapi::Named const> table, char const* where) {
    Json all = Json::object();
    for (auto const& [name, type, meaning] : table) {
        Json one{{"description", meaning}, {"schema", schema(type)}};
        if (where != nullptr) one.update({{"name", name}, {"in", where}});
        all[name] = std::move(one);
    }
    return all;
}

Json reference(std::string const& kind, std::string const& name) {
    return {{"$ref", "#/components/" + kind + "/" + name}};
}

// What any route may answer, and what follows from who may use it.
std::set<int> errors_of(Route const& route) {
    std::set<int> all{400, 405, 408, 413, 417, 429, 431, 503};
    if (route.counted != Counted::nobody) all.insert(403); // foreign pages
    if (route.access.of != AccessRule::Of::nobody) all.insert(401);
    all.insert(route.text.errors.begin(), route.text.errors.end());
    return all;
}

Json responses_of(Route const& route) {
    Json all = Json::object();
    for (auto const& good : route.text.good) {
        Json one{{"description", good.meaning}};
        for (auto const* name : good.headers)
            one["headers"][name] = reference("headers", name);
        if (good.content != nullptr) one["content"][good.content] = Json::object();
        all[std::to_string(good.status)] = std::move(one);
    }
    for (int const status : errors_of(route))
        all[std::to_string(status)] = reference("responses", std::to_string(status));
    return all;
}

Json json_of(Route const& route) {
    auto const& text = route.text;
    Json one{{"operationId", text.id}, {"summary", text.summary}};
    std::string_view const path = route.pattern;
    for (auto const* name : {"project", "stream", "estuary", "id", "fingerprint"})
        if (path.find("{" + std::string(name) + "}") != std::string_view::npos)
            one["parameters"].push_back(reference("parameters", name));
    for (auto const* name : text.queries)
        one["parameters"].push_back(reference("parameters", std::string("query-") + name));
    for (auto const* name : text.asked)
        one["parameters"].push_back(reference("parameters", std::string("header-") + name));
    if (text.body != nullptr) one["requestBody"] = {{"content", {{text.body, Json::object()}}}};
    auto responses = responses_of(route);
    bool const open = !responses.contains("401");
    one["responses"] = std::move(responses);
    one["security"] = open ? Json::array() : Json::array({{{"token", Json::array()}}});
    return one;
}

Json error_json(openapi::Errors const& error) {
    Json const codes{{"type", "string"}, {"enum", error.codes}};
    // Of subscriptions the protocol says how errors look: {"error":{"code","message"}}.
    Json const nested{{"type", "object"},
                      {"required", {"code", "message"}},
                      {"properties", {{"code", codes}, {"message", {{"type", "string"}}}}}};
    Json const text{{"type", "string"}};
    Json const body{
        {"type", "object"},
        {"required", {"error"}},
        {"properties", {{"code", codes}, {"error", {{"anyOf", Json::array({text, nested})}}}}}};
    return {{"description", error.meaning},
            {"headers",
             {{"Cache-Control", reference("headers", "Cache-Control")},
              {"Retry-After", reference("headers", "Retry-After")}}},
            {"content", {{openapi::k_json, {{"schema", body}}}, {"text/plain", Json::object()}}}};
}

Json components() {
    Json all;
    all["securitySchemes"]["token"] = {
        {"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}};
    auto& parameters = all["parameters"];
    Json const project{{"type", "string"}, {"pattern", "^[A-Za-z0-9_-]{1,64}$"}};
    Json const stream{{"type", "string"}, {"minLength", 1}, {"maxLength", 512}};
    parameters["project"] = {
        {"name", "project"}, {"in", "path"}, {"required", true}, {"schema", project}};
    parameters["stream"] = {
        {"name", "stream"}, {"in", "path"}, {"required", true}, {"schema", stream}};
    parameters["fingerprint"] = {{"name", "fingerprint"},
                                 {"in", "path"},
                                 {"required", true},
                                 {"schema", {{"type", "string"}, {"pattern", "^[0-9a-f]{8}$"}}}};
    parameters["id"] = {{"name", "id"}, {"in", "path"}, {"required", true}, {"schema", stream}};
    Json const estuary{{"type", "string"}, {"pattern", "^[A-Za-z0-9_.:-]{1,256}$"}};
    parameters["estuary"] = {
        {"name", "estuary"}, {"in", "path"}, {"required", true}, {"schema", estuary}};
    auto const queries = named_json(openapi::query_parameters(), "query");
    for (auto const& [name, one] : queries.items())
        parameters["query-" + name] = one;
    auto const asked = named_json(openapi::request_headers(), "header");
    for (auto const& [name, one] : asked.items())
        parameters["header-" + name] = one;
    all["headers"] = named_json(openapi::response_headers(), nullptr);
    for (auto const& error : openapi::errors())
        all["responses"][std::to_string(error.status)] = error_json(error);
    return all;
}

Json document(RouteTable const& routes) {
    Json paths = Json::object();
    for (auto const& route : routes.rows())
        paths[route.pattern][to_lower(name_of(route.method))] = json_of(route);
    return {{"openapi", "3.1.0"},
            {"info",
             {{"title", "Durable Streams"},
              {"version", "1"},
              {"description", "Ordered, durable logs over HTTP. A stream of the project _default "
                              "may be named without its project: /v1/stream/{stream}. What is "
                              "below __ds is there for all streams as well, without a project."}}},
            {"paths", std::move(paths)},
            {"components", components()}};
}

} // namespace

Bytes openapi_document(RouteTable const& routes) {
    return Bytes(document(routes).dump());
}

} // namespace ds::streams
