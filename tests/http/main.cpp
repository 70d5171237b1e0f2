// The entry of the HTTP tests: doctest's, then the end of the server that the tests share.
#define DOCTEST_CONFIG_IMPLEMENT
#include "http/guarded.h"
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <csignal>

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN); // a server that closes early is an error to be seen
    doctest::Context context(argc, argv);
    auto const result = context.run();
    if (context.shouldExit()) return result;
    if (auto& one = ds::test::shared_guarded()) one->server().stop(); // no check, outside of a test
    return ds::test::end_shared_server() ? result : 1;
}
