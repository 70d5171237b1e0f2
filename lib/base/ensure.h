// ENSURE: for what cannot happen unless we made a mistake. Stops the program and says why.
//
// Acknowledged bytes are on disk, so stopping is safe and recovery on start repairs the rest;
// going on with a broken invariant is not.
#pragma once

namespace ds {

[[noreturn]] void stop_because(char const* broken, char const* file, int line);

} // namespace ds

#define ENSURE(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) [[unlikely]]                                                             \
            ::ds::stop_because(#condition, __FILE__, __LINE__);                                    \
    } while (false)
