// Where the requests of a load test go: a URL, taken apart and looked up once.
#pragma once

#include "base/result.h"

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct Target {
    bool tls = false;
    std::string host;      // as a name, or an address
    std::string authority; // of the Host header
    std::string path;      // what stands before /v1/stream, without a slash at its end
    std::vector<boost::asio::ip::tcp::endpoint> addresses;
};

// Fault::invalid for what is no http or https URL; Fault::unreachable when its host is not known.
Result<Target> find_target(std::string_view url);

} // namespace ds
