// The operator's port: operations (admin/operate.h) over HTTP, for whoever may read the data
// directory.
//
//     POST /v1/admin/<operation>      Authorization: Bearer <token>      body: the arguments
//     200, application/x-ndjson: the lines of the operation, each as soon as it is there
//     401 without the token, 404 for anything else, 413 for a body beyond 64 KiB
//
// Listens on a loopback address and nowhere else. Where, and with which token, stands in
// DIR/admin.json (admin/admin_file.h) while it runs. Every answer has the header Ds-Operation.
#pragma once

#include "admin/console.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>

namespace ds {

struct AdminOptions {
    std::string data;               // where admin.json goes
    std::string host = "127.0.0.1"; // a loopback address, or "localhost"
    std::uint16_t port = 0;         // 0: a free one
};

class AdminServer {
public:
    // Serves when it returns. The console must outlive it.
    static Result<std::unique_ptr<AdminServer>> start(Console& console,
                                                      AdminOptions const& options);
    ~AdminServer();
    AdminServer(AdminServer const&) = delete;
    AdminServer& operator=(AdminServer const&) = delete;

    // "http://127.0.0.1:40123"
    std::string const& url() const { return url_; }
    // Adds to admin.json where clients of the server ask.
    Result<void> tell_clients_url(std::string const& serves);

    // Takes no more requests, tells the operations at work to stop, waits for them, and removes
    // admin.json.
    void stop();

private:
    struct Wire;
    AdminServer(std::unique_ptr<Wire> wire, std::string data, std::string url);

    std::unique_ptr<Wire> wire_;
    std::string data_;
    std::string url_;
};

} // namespace ds
