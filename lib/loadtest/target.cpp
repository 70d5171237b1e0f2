// URLs taken apart, hosts looked up.
#include "loadtest/target.h"

#include "base/encoding.h"

#include <boost/asio/io_context.hpp>

namespace ds {

namespace {

using boost::asio::ip::tcp;

Error no_url(std::string_view url) {
    return {Fault::invalid, std::string(url) + " is no URL of a server"};
}

} // namespace

Result<Target> find_target(std::string_view url) {
    Target target;
    target.tls = url.starts_with("https://");
    if (!target.tls && !url.starts_with("http://")) return no_url(url);
    auto rest = url.substr(url.find("//") + 2);
    auto const slash = std::min(rest.find('/'), rest.size());
    target.authority = rest.substr(0, slash);
    target.path = rest.substr(slash);
    while (target.path.ends_with('/'))
        target.path.pop_back();
    auto const& authority = target.authority;
    if (authority.find('@') != std::string::npos ||
        target.path.find_first_of("?# \r\n") != std::string::npos)
        return no_url(url);
    std::string port = target.tls ? "443" : "80";
    bool const literal = authority.starts_with('[');
    auto const end_of_host = literal ? authority.find(']') : authority.find(':');
    target.host = authority.substr(literal ? 1 : 0, end_of_host - (literal ? 1 : 0));
    auto const colon = authority.find(':', literal ? std::min(end_of_host, authority.size()) : 0);
    if (colon != std::string::npos) port = authority.substr(colon + 1);
    auto const number = parse_decimal(port, 65'535);
    if (target.host.empty() || !number || *number == 0) return no_url(url);

    boost::asio::io_context io;
    boost::system::error_code error;
    auto const found = tcp::resolver(io).resolve(target.host, port, error);
    if (error) return Error{Fault::unreachable, "the host " + target.host + ": " + error.message()};
    for (auto const& entry : found)
        target.addresses.push_back(entry.endpoint());
    return target;
}

} // namespace ds
