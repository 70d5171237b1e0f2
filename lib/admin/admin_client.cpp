// One request, whose body arrives while the operation goes on.
#include "admin/admin_client.h"

#include <chrono>
#include <utility>

namespace ds {
namespace {

// Longer than anything that an operation does between two lines; a server that dies is noticed at
// once, as the kernel closes its connections.
constexpr std::chrono::hours k_longest_silence{1};
constexpr std::chrono::seconds k_connect_within{5};

// Cuts the body of the server that was meant into lines.
class OperationLines final : public BodyTaker {
public:
    explicit OperationLines(LineSink const& sink) : sink_(sink) {}

    // Any other server may have been given the port of one that was killed.
    bool are_ours() const { return ours_; }

    Flow on_head(FetchReply const& head) override {
        ours_ = head.status != 401 && head.headers.get("Ds-Operation").has_value();
        return ours_ ? Flow::more : Flow::stop;
    }
    Flow on_bytes(std::string_view bytes) override {
        for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
            pending_.append(bytes.substr(0, end));
            auto const line = std::exchange(pending_, {});
            if (!line.empty() && !sink_(line)) return Flow::stop;
            bytes.remove_prefix(end + 1);
        }
        pending_.append(bytes);
        return Flow::more;
    }

private:
    LineSink const& sink_;
    std::string pending_;
    bool ours_ = false;
};

} // namespace

AdminClient::AdminClient(Fetch& fetch, std::string data, AdminAddress address)
    : fetch_(fetch),
      data_(std::move(data)),
      address_(std::move(address)) {}

Result<AdminClient> AdminClient::open(Fetch& fetch, std::string const& data) {
    auto const address = TRY(read_admin_file(data));
    if (!address)
        return Error{Fault::unreachable, "no server with an operator's port runs on " + data +
                                             " (there is no " + admin_file_path(data) +
                                             "); name the server's directory with --data, or "
                                             "leave out --online if no server runs"};
    return AdminClient(fetch, data, *address);
}

Error AdminClient::nobody_there() const {
    return {Fault::unreachable, "no server runs on " + data_ + " (nobody answers at " +
                                    address_.url +
                                    ", where one was); name the server's directory with --data, or "
                                    "leave out --online if no server runs"};
}

Result<void> AdminClient::operate(std::string_view operation, std::string_view arguments,
                                  LineSink const& sink) const {
    FetchRequest request;
    request.method = "POST";
    request.url = address_.url + "/v1/admin/" + std::string(operation);
    // The port has few threads, and a connection that is kept holds one.
    request.headers = {{"Authorization", "Bearer " + address_.token},
                       {"Content-Type", "application/json"},
                       {"Connection", "close"}};
    request.body = arguments;
    request.limits = {k_connect_within, std::chrono::milliseconds(0), k_longest_silence};
    request.redirects = Redirects::never;
    // The token is this machine's secret, wherever the file says the server is.
    request.reach = Reach::loopback;

    OperationLines lines(sink);
    auto const reply = fetch_.fetch_into(request, lines);
    if (!reply && reply.error().fault == Fault::io)
        return Error{Fault::io, "the server on " + data_ + " broke off: " + reply.error().what};
    if (!lines.are_ours()) return nobody_there();
    return {};
}

} // namespace ds
