// A real `ds serve` with a data directory of its own: started, asked, ended.
#pragma once

#include "http/wire.h"
#include "support/temp_dir.h"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ds::test {

// How a process ended.
struct Ended {
    int exit_code = -1; // -1: by a signal
    int signal = 0;
    Wait took{};
};

class ServerUnderTest {
public:
    using Options = std::vector<std::string>;

    // Listens once this returns: on a free port, unless the options say where. Throws with the
    // server's log when it does not start.
    explicit ServerUnderTest(Options options = {}, std::shared_ptr<TempDir> data = nullptr);
    // Ends the server, and fails the running test when it does not end well.
    ~ServerUnderTest();
    ServerUnderTest(ServerUnderTest const&) = delete;
    ServerUnderTest& operator=(ServerUnderTest const&) = delete;

    std::uint16_t port() const { return port_; } // 0: a Unix socket
    Over over() const { return over_; }
    std::string origin() const {
        return (over_ == Over::tls ? "https" : "http") + ("://127.0.0.1:" + std::to_string(port_));
    }
    std::shared_ptr<TempDir> data() const { return data_; }
    bool running() const { return pid_ > 0; }
    pid_t pid() const { return pid_; }
    // It runs under a sanitizer, which keeps several bytes for each that the program has.
    bool is_sanitized() const;
    std::string log() const;
    Wait processor_time() const; // that it has used

    void signal(int number) const;
    Ended wait(Wait patience = k_patience); // kills the server, and throws, when it takes longer
    Ended stop();                           // SIGTERM, then wait
    void kill();                            // SIGKILL, then wait
    // Again on the same data, with the same options, on another port. It must not be running.
    void start();

private:
    void read_port(int from);

    Options options_;
    std::shared_ptr<TempDir> data_;
    pid_t pid_ = -1;
    std::uint16_t port_ = 0;
    Over over_ = Over::plain;
};

// Runs `ds` with these arguments to its end. What it said on either output is in `output`.
struct Finished {
    Ended how;
    std::string output;
};
Finished run_ds(std::vector<std::string> const& arguments);

// One server with default options (long-poll wait 1 s) for all tests that need nothing special.
ServerUnderTest& server();
// Ends it; false, with the reason on standard error, when it did not end well.
bool end_shared_server();

// A path that no other test uses: /v1/stream/http/<number>-<hint>
std::string fresh_path(std::string_view hint);

// One request on a connection of its own.
Reply ask(ServerUnderTest const& of, std::string_view method, std::string_view target,
          Headers const& headers = {}, std::string_view body = {});
// The same on the shared server.
Reply ask(std::string_view method, std::string_view target, Headers const& headers = {},
          std::string_view body = {});

// Short forms, on the shared server unless another is named. The path of a new stream, or the test
// ends.
std::string create_text(std::string_view hint, std::string_view body = {});
std::string create_text(ServerUnderTest const& at, std::string_view hint,
                        std::string_view body = {});
std::string create_json(std::string_view hint, std::string_view body = {});
Reply append_text(std::string_view path, std::string_view body, Headers headers = {});
Reply close_stream(std::string_view path);

inline Headers const k_text{{"Content-Type", "text/plain"}};
inline Headers const k_json{{"Content-Type", "application/json"}};
// `more` after `these`.
Headers with(Headers these, Headers const& more);

// Asks again and again until `ready` holds; false when it does not within `patience`.
template <typename Ready>
bool eventually(Ready ready, Wait patience = k_patience);

void pause(Wait how_long);

template <typename Ready>
bool eventually(Ready ready, Wait patience) {
    auto const deadline = std::chrono::steady_clock::now() + patience;
    while (!ready()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        pause(Wait{10});
    }
    return true;
}

} // namespace ds::test
