// One request, whose body arrives while the operation goes on.
#include "admin/admin_client.h"

#include <httplib.h>

#include <chrono>
#include <utility>

namespace ds {
namespace {

// Longer than anything that an operation does between two lines; a server that dies is noticed at
// once, as the kernel closes its connections.
constexpr std::chrono::hours k_longest_silence{1};
constexpr std::chrono::seconds k_connect_within{5};

// Cuts what arrives into lines.
class LineCutter {
public:
    explicit LineCutter(LineSink const& sink) : sink_(sink) {}

    bool take(std::string_view bytes) {
        for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
            pending_.append(bytes.substr(0, end));
            auto const line = std::exchange(pending_, {});
            if (!line.empty() && !sink_(line)) return false;
            bytes.remove_prefix(end + 1);
        }
        pending_.append(bytes);
        return true;
    }

private:
    LineSink const& sink_;
    std::string pending_;
};

} // namespace

AdminClient::AdminClient(std::string data, AdminAddress address)
    : data_(std::move(data)),
      address_(std::move(address)) {}

Result<AdminClient> AdminClient::open(std::string const& data) {
    auto const address = TRY(read_admin_file(data));
    if (!address)
        return Error{Fault::unreachable, "no server with an operator's port runs on " + data +
                                             " (there is no " + admin_file_path(data) +
                                             "); name the server's directory with --data, or "
                                             "leave out --online if no server runs"};
    return AdminClient(data, *address);
}

Error AdminClient::nobody_there() const {
    return {Fault::unreachable, "no server runs on " + data_ + " (nobody answers at " +
                                    address_.url +
                                    ", where one was); name the server's directory with --data, or "
                                    "leave out --online if no server runs"};
}

Result<void> AdminClient::operate(std::string_view operation, std::string_view arguments,
                                  LineSink const& sink) const {
    httplib::Client client(address_.url);
    if (!client.is_valid())
        return Error{Fault::corrupt, admin_file_path(data_) + " has no usable URL"};
    client.set_connection_timeout(k_connect_within);
    client.set_read_timeout(k_longest_silence);

    LineCutter cutter(sink);
    auto stopped = false;
    auto ours = false;
    httplib::Request request;
    request.method = "POST";
    request.path = "/v1/admin/" + std::string(operation);
    request.headers = {{"Authorization", "Bearer " + address_.token},
                       {"Content-Type", "application/json"}};
    request.body = arguments;
    // Any other server may have been given the port of one that was killed.
    request.response_handler = [&](httplib::Response const& response) {
        ours = response.status != 401 && response.has_header("Ds-Operation");
        return ours;
    };
    request.content_receiver = [&](char const* bytes, std::size_t count, std::uint64_t,
                                   std::uint64_t) {
        stopped = !cutter.take({bytes, count});
        return !stopped;
    };
    httplib::Response response;
    auto error = httplib::Error::Success;
    if (client.send(request, response, error) || stopped) return {};
    if (error == httplib::Error::Connection || (!ours && response.status != -1))
        return nobody_there();
    return Error{Fault::io, "the server on " + data_ + " broke off: " + to_string(error)};
}

} // namespace ds
