// Starts and ends real servers for the tests.
#include "http/server_under_test.h"

#include "http/tls_client.h"
#include "support/child.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

namespace ds::test {
namespace {

std::string binary() {
    auto const* named = std::getenv("DS");
    return named != nullptr && *named != '\0' ? named : DS_BINARY;
}

std::string contents(std::filesystem::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Starts `ds`; its outputs go to the descriptors given.
pid_t spawn(std::vector<std::string> arguments, int out, int err) {
    arguments.insert(arguments.begin(), binary());
    auto const pid = start_child(std::move(arguments), out, err);
    if (pid < 0) throw WireError(std::string("fork: ") + std::strerror(errno));
    return pid;
}

Ended wait_for(pid_t pid, Wait patience) {
    auto const began = std::chrono::steady_clock::now();
    auto const code = wait_for_child(pid, patience);
    if (!code) {
        ::kill(pid, SIGKILL);
        wait_for_child(pid, k_patience);
        throw WireError("ds did not end in time");
    }
    Ended ended;
    ended.took = std::chrono::duration_cast<Wait>(std::chrono::steady_clock::now() - began);
    (*code > 128 ? ended.signal : ended.exit_code) = *code > 128 ? *code - 128 : *code;
    return ended;
}

bool has_option(std::vector<std::string> const& options, std::string_view name) {
    return std::find(options.begin(), options.end(), name) != options.end();
}

int open_log(std::filesystem::path const& path) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

std::unique_ptr<ServerUnderTest>& shared() {
    static std::unique_ptr<ServerUnderTest> one;
    return one;
}

} // namespace

ServerUnderTest::ServerUnderTest(Options options, std::shared_ptr<TempDir> data)
    : options_(std::move(options)),
      data_(data ? std::move(data) : std::make_shared<TempDir>()) {
    start();
}

ServerUnderTest::~ServerUnderTest() {
    if (!running()) return;
    try {
        auto const ended = stop();
        INFO("the server's log: " << log());
        CHECK(ended.exit_code == 0);
    } catch (WireError const& error) {
        FAIL_CHECK(std::string(error.what()));
    }
}

void ServerUnderTest::start() {
    std::vector<std::string> arguments{"serve", "--data", data_->path() + "/data"};
    arguments.insert(arguments.end(), options_.begin(), options_.end());
    if (!has_option(options_, "--listen"))
        arguments.insert(arguments.end(), {"--listen", "127.0.0.1:0"});
    bool const own_certificate = has_option(options_, "--tls-cert");
    if (usual() == Over::tls && !own_certificate) {
        auto const& [certificate, key] = usual_certificate();
        arguments.insert(arguments.end(), {"--tls-cert", certificate, "--tls-key", key});
    }
    over_ = own_certificate ? Over::tls : usual();
    ChildOutput said;
    auto const log_file = open_log(data_->path() + "/log");
    pid_ = spawn(arguments, said.writing, log_file);
    ::close(log_file);
    said.close_writing();
    try {
        read_port(said.reading);
    } catch (WireError const&) {
        ::kill(pid_, SIGKILL);
        wait_for(std::exchange(pid_, -1), k_patience);
        throw;
    }
}

void ServerUnderTest::read_port(int from) {
    std::string const promise = "listening on ";
    std::string said;
    if (!hear(from, said, Heard::line, k_patience) || said.find('\n') == std::string::npos)
        throw WireError("the server does not listen; its log: " + log());
    if (said.rfind(promise, 0) != 0) throw WireError("unexpected on standard output: " + said);
    auto const url = said.substr(promise.size(), said.size() - promise.size() - 1);
    if (url.rfind("unix:", 0) == 0) return;
    port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    if (url != origin()) throw WireError("it listens elsewhere: " + url);
}

std::string ServerUnderTest::log() const {
    return contents(data_->path() + "/log");
}

Wait ServerUnderTest::processor_time() const {
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
        throw WireError("the server's clock");
    return Wait{used.tv_sec * 1000 + used.tv_nsec / 1'000'000};
}

void ServerUnderTest::signal(int number) const {
    ::kill(pid_, number);
}

Ended ServerUnderTest::wait(Wait patience) {
    return wait_for(std::exchange(pid_, -1), patience);
}

Ended ServerUnderTest::stop() {
    signal(SIGTERM);
    return wait();
}

void ServerUnderTest::kill() {
    signal(SIGKILL);
    wait();
}

Finished run_ds(std::vector<std::string> const& arguments) {
    TempDir scratch;
    auto const log_file = open_log(scratch.path() + "/log");
    auto const pid = spawn(arguments, log_file, log_file);
    ::close(log_file);
    auto const ended = wait_for(pid, k_patience);
    return {ended, contents(scratch.path() + "/log")};
}

ServerUnderTest& server() {
    if (!shared())
        shared() =
            std::make_unique<ServerUnderTest>(ServerUnderTest::Options{"--long-poll-timeout", "1"});
    return *shared();
}

bool end_shared_server() {
    if (!shared() || !shared()->running()) return true;
    try {
        auto const ended = shared()->stop();
        if (ended.exit_code == 0) return true;
        std::fprintf(stderr, "the shared server ended badly: exit code %d, signal %d\n%s\n",
                     ended.exit_code, ended.signal, shared()->log().c_str());
    } catch (WireError const& error) {
        std::fprintf(stderr, "the shared server: %s\n", error.what());
    }
    return false;
}

std::string fresh_path(std::string_view hint) {
    static std::atomic<int> number{0};
    return "/v1/stream/http/" + std::to_string(++number) + "-" + std::string(hint);
}

Reply ask(ServerUnderTest const& of, std::string_view method, std::string_view target,
          Headers const& headers, std::string_view body) {
    Wire wire(of.port(), 0, of.over());
    wire.send(request(method, target, headers, body));
    return wire.reply(method == "HEAD" ? Wire::Answers::head : Wire::Answers::other);
}

Reply ask(std::string_view method, std::string_view target, Headers const& headers,
          std::string_view body) {
    return ask(server(), method, target, headers, body);
}

std::string create_text(std::string_view hint, std::string_view body) {
    return create_text(server(), hint, body);
}

std::string create_text(ServerUnderTest const& at, std::string_view hint, std::string_view body) {
    auto path = fresh_path(hint);
    REQUIRE(ask(at, "PUT", path, k_text, body).status == 201);
    return path;
}

std::string create_json(std::string_view hint, std::string_view body) {
    auto path = fresh_path(hint);
    REQUIRE(ask("PUT", path, k_json, body).status == 201);
    return path;
}

Reply append_text(std::string_view path, std::string_view body, Headers headers) {
    return ask("POST", path, with(std::move(headers), k_text), body);
}

Reply close_stream(std::string_view path) {
    return ask("POST", path, {{"Stream-Closed", "true"}});
}

Headers with(Headers these, Headers const& more) {
    these.insert(these.end(), more.begin(), more.end());
    return these;
}

void pause(Wait how_long) {
    std::this_thread::sleep_for(how_long);
}

bool ServerUnderTest::is_sanitized() const {
    std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
    std::string const all((std::istreambuf_iterator<char>(maps)), {});
    return all.find("/libasan.so") != std::string::npos ||
           all.find("/libtsan.so") != std::string::npos;
}

} // namespace ds::test
