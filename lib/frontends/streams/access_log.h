// The access log: a line for each request that was answered, or for each that was refused or
// failed. Of a URL it has the path, and of its parameters those that cannot be a secret.
//
//     {"time":..,"level":"info","event":"request","method":"GET","path":"/v1/stream/a/b?offset=-1",
//      "status":200,"ms":0.214,"bytes":512,"project":"a","client":"10.0.0.1"}
#pragma once

#include "frontends/streams/options.h"
#include "http/exchange.h"
#include "transport/address.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ds::streams {

struct ReadQuery;

// The path with the query as the log may have it: what is not known to be harmless has no value,
// and what is long is cut.
std::string loggable_target(std::string_view path, std::string_view query);
// The query of a read whose request is no more: what it meant, spelled out.
std::string loggable_query(ReadQuery const& read);
// The project that a path names; empty when it names none.
std::string_view project_in(std::string_view path);

// One for each event loop.
class AccessLog {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit AccessLog(AccessLogged what) : what_(what) {}

    bool wants(int status) const {
        return what_ == AccessLogged::all || (what_ == AccessLogged::errors && status >= 400);
    }

    struct Served {
        std::string_view method;
        std::string_view path;
        std::string_view query;
        int status;
        std::chrono::duration<double, std::milli> took;
        std::uint64_t bytes; // of the body
        transport::Address const& client;
    };
    void note(Served const& served, Time now);
    // An exchange that is about to be answered, or was in pieces. Where the answer was waited for
    // the request is no more: what the live read knows has to do.
    void note(http::Exchange const& exchange, int status, std::uint64_t bytes);

private:
    bool may_write(Time now);

    AccessLogged const what_;
    // Lines of errors are bounded: a stranger must not be able to fill the disk.
    Time paid_until_{};
    std::uint64_t left_out_ = 0;
};

} // namespace ds::streams
