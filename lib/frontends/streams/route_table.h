// All routes: which row is meant by a method and a path.
#pragma once

#include "frontends/streams/http_names.h"
#include "frontends/streams/route.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds::streams {

// The rows of one pattern.
struct Resource {
    std::string_view pattern;
    std::vector<Route const*> routes;
    std::string allow;          // its methods, as the header Allow has them
    std::uint64_t body_max = 0; // the most that one of its routes takes
    std::size_t root = 0;       // by which paths are told apart first
    bool is_reserved = false;   // below __ds: errors have the form of the protocol's section 6

    Route const& any() const { return *routes.front(); }
};

class RouteTable {
public:
    // Of patterns that fit the same path the first one counts.
    explicit RouteTable(std::vector<Route> rows);
    RouteTable(RouteTable const&) = delete;
    RouteTable& operator=(RouteTable const&) = delete;

    std::vector<Route> const& rows() const { return rows_; }
    std::vector<Resource> const& resources() const { return resources_; }

    struct Found {
        Resource const* resource = nullptr; // null: no pattern fits
        Route const* route = nullptr;       // null: not with this method
        Target target{};                    // of a path that is right
        std::optional<Response> wrong{};    // 400 or 404
        // There is nothing like this path, whatever the method.
        bool is_nowhere() const { return resource == nullptr && !wrong; }
    };
    Found find(Method method, std::string_view path) const;

private:
    std::vector<Route> const rows_;
    std::vector<Resource> resources_;
};

// Those of the server.
RouteTable const& route_table();

} // namespace ds::streams
