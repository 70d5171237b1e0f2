// What all configurations share.
#include "proxy/configuration.h"

#include "base/ensure.h"

namespace ds::proxy {

std::string configuration(Site const& site) {
    switch (site.kind) {
    case Kind::nginx: return nginx_configuration(site);
    case Kind::varnish: return varnish_configuration(site);
    case Kind::caddy: return caddy_configuration(site);
    }
    return {};
}

std::string filled(std::string form,
                   std::initializer_list<std::pair<std::string_view, std::string>> values) {
    for (auto const& [name, value] : values) {
        auto const mark = "@" + std::string(name) + "@";
        auto at = form.find(mark);
        ENSURE(at != std::string::npos);
        for (; at != std::string::npos; at = form.find(mark, at + value.size()))
            form.replace(at, mark.size(), value);
    }
    return form;
}

std::string server_command(Site const& site) {
    auto const& origin = site.origin;
    // Over the loopback interface a proxy comes from its first address.
    std::string const proxy = !origin.unix_path.empty()         ? "unix"
                              : origin.host.starts_with("127.") ? "127.0.0.1"
                              : origin.host == "::1"            ? "::1"
                                                                : "ADDRESS-OF-THIS-PROXY";
    return "ds serve --listen " + origin.text() + " --trust-proxy " + proxy;
}

std::string server_lines(Site const& site) {
    auto const command = server_command(site);
    if (site.origin.unix_path.empty()) return command;
    return command +
           "\n# Its socket has the mode 0660: this proxy's user must be in the server's group.";
}

} // namespace ds::proxy
