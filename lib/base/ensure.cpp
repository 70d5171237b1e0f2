// The end of a program that found itself wrong.
#include "base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace ds {

void stop_because(char const* broken, char const* file, int line) {
    std::fprintf(stderr, "ds: broken invariant: %s (%s:%d)\n", broken, file, line);
    std::abort();
}

} // namespace ds
