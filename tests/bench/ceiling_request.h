// As much of HTTP as ds_bench sends: header names are spelled as it spells them.
#pragma once

#include <cstddef>
#include <string_view>

namespace ds {

struct CeilingRequest {
    std::size_t bytes = 0; // that it takes; 0 while some of it has yet to come
    std::string_view method;
    std::string_view path;
    std::string_view query; // behind the question mark
    std::string_view head;
    std::string_view body;

    // "" when it is not there.
    std::string_view parameter(std::string_view name) const;
    std::string_view header(std::string_view name) const;
};
CeilingRequest first_request(std::string_view arrived);

} // namespace ds
