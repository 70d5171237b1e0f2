// The document, made of the tables.
#include "http/openapi.h"

#include "http/openapi_tables.h"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <string_view>

namespace ds::http {

namespace {

using Json = nlohmann::ordered_json;

Json schema(char const* text) {
    return Json::parse(text);
}

Json described(std::span<openapi::Named const> table, char const* where) {
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

Json responses_of(openapi::Operation const& operation) {
    Json all = Json::object();
    for (auto const& good : operation.good) {
        Json one{{"description", good.meaning}};
        for (auto const* name : good.headers)
            one["headers"][name] = reference("headers", name);
        if (good.content != nullptr) one["content"][good.content] = Json::object();
        all[std::to_string(good.status)] = std::move(one);
    }
    for (int const status : operation.errors)
        all[std::to_string(status)] = reference("responses", std::to_string(status));
    return all;
}

Json json_of(openapi::Operation const& operation) {
    Json one{{"operationId", operation.id}, {"summary", operation.summary}};
    std::string_view const path = operation.path;
    for (auto const* name : {"project", "stream", "estuary", "id", "fingerprint"})
        if (path.find("{" + std::string(name) + "}") != std::string_view::npos)
            one["parameters"].push_back(reference("parameters", name));
    for (auto const* name : operation.queries)
        one["parameters"].push_back(reference("parameters", std::string("query-") + name));
    for (auto const* name : operation.asked)
        one["parameters"].push_back(reference("parameters", std::string("header-") + name));
    if (operation.body != nullptr)
        one["requestBody"] = {{"content", {{operation.body, Json::object()}}}};
    one["responses"] = responses_of(operation);
    bool const open = path == "/health" || path == k_openapi_path || path.ends_with("/jwks.json");
    one["security"] = open ? Json::array() : Json::array({{{"token", Json::array()}}});
    return one;
}

Json error_of(openapi::Errors const& error) {
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
    auto const queries = described(openapi::query_parameters(), "query");
    for (auto const& [name, one] : queries.items())
        parameters["query-" + name] = one;
    auto const asked = described(openapi::request_headers(), "header");
    for (auto const& [name, one] : asked.items())
        parameters["header-" + name] = one;
    all["headers"] = described(openapi::response_headers(), nullptr);
    for (auto const& error : openapi::errors())
        all["responses"][std::to_string(error.status)] = error_of(error);
    return all;
}

Json document() {
    Json paths = Json::object();
    for (auto const& operation : openapi::operations())
        paths[operation.path][operation.method] = json_of(operation);
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

Bytes const& openapi_document() {
    static Bytes const made(document().dump());
    return made;
}

} // namespace ds::http
