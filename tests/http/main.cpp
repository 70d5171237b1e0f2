// The entry of the HTTP tests: doctest's, then the end of the server that the tests share.
#define DOCTEST_CONFIG_IMPLEMENT
#include "http/server_under_test.h"

#include <doctest/doctest.h>

int main(int argc, char** argv) {
    doctest::Context context(argc, argv);
    auto const result = context.run();
    if (context.shouldExit()) return result;
    return ds::test::end_shared_server() ? result : 1;
}
