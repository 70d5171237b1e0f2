// URLs taken apart, hosts looked up.
#include "loadtest/endpoint.h"

#include "base/encoding.h"

#include <boost/asio/io_context.hpp>

namespace ds {

namespace {

using boost::asio::ip::tcp;

Error no_url(std::string_view url) {
    return {Fault::invalid, std::string(url) + " is no URL of a server"};
}

} // namespace

Result<Endpoint> find_endpoint(std::string_view url) {
    Endpoint endpoint;
    endpoint.tls = url.starts_with("https://");
    if (!endpoint.tls && !url.starts_with("http://")) return no_url(url);
    auto rest = url.substr(url.find("//") + 2);
    auto const slash = std::min(rest.find('/'), rest.size());
    endpoint.authority = rest.substr(0, slash);
    endpoint.path = rest.substr(slash);
    while (endpoint.path.ends_with('/'))
        endpoint.path.pop_back();
    auto const& authority = endpoint.authority;
    if (authority.find_first_of("@?# \r\n\t") != std::string::npos ||
        endpoint.path.find_first_of("?# \r\n\t") != std::string::npos)
        return no_url(url);
    std::string port = endpoint.tls ? "443" : "80";
    bool const literal = authority.starts_with('[');
    auto const end_of_host = std::min(authority.find(literal ? ']' : ':'), authority.size());
    endpoint.host = authority.substr(literal ? 1 : 0, end_of_host - (literal ? 1 : 0));
    auto behind = std::string_view(authority).substr(end_of_host);
    if (literal && !behind.starts_with(']')) return no_url(url);
    if (literal) behind.remove_prefix(1);
    if (!behind.empty() && !behind.starts_with(':')) return no_url(url);
    if (!behind.empty()) port = behind.substr(1);
    auto const number = parse_decimal(port, 65'535);
    if (endpoint.host.empty() || !number || *number == 0) return no_url(url);

    boost::asio::io_context io;
    boost::system::error_code error;
    auto const found = tcp::resolver(io).resolve(endpoint.host, port, error);
    if (error)
        return Error{Fault::unreachable, "the host " + endpoint.host + ": " + error.message()};
    for (auto const& entry : found)
        endpoint.addresses.push_back(entry.endpoint());
    return endpoint;
}

} // namespace ds
