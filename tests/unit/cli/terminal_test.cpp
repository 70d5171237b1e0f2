// Promises of cli/terminal, over pipes.
#include "cli/terminal.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>

using namespace ds;

namespace {

struct Pipe {
    std::array<int, 2> ends{};
    Pipe() {
        std::signal(SIGPIPE, SIG_IGN);
        REQUIRE(::pipe(ends.data()) == 0);
    }
    ~Pipe() {
        close_reader();
        close_writer();
    }
    int reader() const { return ends[0]; }
    int writer() const { return ends[1]; }
    void close_reader() { close(ends[0]); }
    void close_writer() { close(ends[1]); }

private:
    static void close(int& end) {
        if (end >= 0) ::close(end);
        end = -1;
    }
};

} // namespace

TEST_CASE("terminal: a write larger than a pipe arrives whole") {
    Pipe pipe;
    std::string const sent(300'000, 'x');
    std::string received;
    std::thread reader([&] {
        DescriptorSource source(pipe.reader());
        std::array<char, 4096> buffer{};
        while (received.size() < sent.size()) {
            auto const count = source.read(buffer.data(), buffer.size());
            if (!count || *count == 0) return;
            received.append(buffer.data(), *count);
        }
    });
    CHECK(write_all(pipe.writer(), sent) == Written::all);
    reader.join();
    CHECK(received == sent);
}

TEST_CASE("terminal: a reader that is gone is noticed, with and without writing") {
    Pipe pipe;
    CHECK(!nobody_reads(pipe.writer()));
    pipe.close_reader();
    CHECK(nobody_reads(pipe.writer()));
    CHECK(write_all(pipe.writer(), "x") == Written::nobody_reads);
}

TEST_CASE("terminal: a source is ready when there is data or the end, and not before") {
    Pipe pipe;
    DescriptorSource source(pipe.reader());
    CHECK(!source.ready_within(std::chrono::milliseconds(0)));
    REQUIRE(write_all(pipe.writer(), "x") == Written::all);
    CHECK(source.ready_within(std::chrono::milliseconds(0)));
    char byte = 0;
    auto const count = source.read(&byte, 1);
    REQUIRE(count);
    CHECK(*count == 1);
    pipe.close_writer();
    CHECK(source.ready_within(std::chrono::milliseconds(0)));
    auto const end = source.read(&byte, 1);
    REQUIRE(end);
    CHECK(*end == 0);
    CHECK(!is_terminal(pipe.reader()));
}
