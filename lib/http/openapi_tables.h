// What can be asked and answered over HTTP, as tables: what http/openapi makes its document of.
#pragma once

#include <span>
#include <vector>

namespace ds::http::openapi {

// What "code" may be with a status.
struct Errors {
    int status;
    char const* meaning;
    std::vector<char const*> codes;
};
std::vector<Errors> const& errors();

// A parameter or a header.
struct Named {
    char const* name;
    char const* type; // a JSON schema
    char const* meaning;
};
std::span<Named const> query_parameters();
std::span<Named const> request_headers();
std::span<Named const> response_headers();

using Names = std::vector<char const*>;
struct Good {
    int status;
    char const* meaning;
    Names headers{};
    char const* content = nullptr; // media type of the body
};
struct Operation {
    char const* path;
    char const* method;
    char const* id;
    char const* summary;
    Names queries;
    Names asked;      // headers
    char const* body; // media type of the request's body; null: there is none
    std::vector<Good> good;
    std::vector<int> errors;
};
std::vector<Operation> const& operations();
std::vector<Operation> estuary_operations();  // a part of them
std::vector<Operation> settings_operations(); // another

inline constexpr char const* k_json = "application/json";

} // namespace ds::http::openapi
