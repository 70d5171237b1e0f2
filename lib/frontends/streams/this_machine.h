// Names of this machine, in a Host or an Origin header: what a browser on it can mean by itself.
//
// A server that lets everybody in must not answer under other names. A page of evil.example could
// make its own name lead to 127.0.0.1, and the browser would take our answers for those of the
// page's own server (DNS rebinding).
#pragma once

#include <string_view>

namespace ds::streams {

// "localhost:4437", "127.0.0.1", "[::1]:4437", "app.localhost"; any port.
bool is_host_of_this_machine(std::string_view host);
// A scheme and such a host: "http://localhost:3000".
bool is_origin_of_this_machine(std::string_view origin);

// Whether `host` is the one of `url`, "https://streams.example.com". Empty: of none.
bool is_host_of(std::string_view url, std::string_view host);
bool is_origin_of(std::string_view url, std::string_view origin);

} // namespace ds::streams
