// What can be asked and answered over HTTP but for the routes, as tables: with them
// frontends/streams/openapi makes its document of these.
#pragma once

#include <span>
#include <vector>

namespace ds::streams::openapi {

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
// What the document says of a route, besides what follows from its row.
struct Text {
    char const* id;
    char const* summary;
    Names queries{};
    Names asked{};              // headers
    char const* body = nullptr; // media type of the request's body; null: there is none
    std::vector<Good> good{};
    std::vector<int> errors{}; // beyond those of every route, and of access
};

inline constexpr char const* k_json = "application/json";
inline constexpr char const* k_any_type = "*/*";

} // namespace ds::streams::openapi
