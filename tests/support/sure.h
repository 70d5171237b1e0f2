// Results of which a test is sure: what failed ends it, and is told with its error.
#pragma once

#include "base/result.h"

#include <doctest/doctest.h>

#include <optional>

namespace ds::test {

// What was yielded, if it is there: `auto const log = sure(HotLog::open(path));`
template <typename T>
T sure(T yielded, char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
    if (!yielded) {
        if constexpr (requires { yielded.error().what; })
            ADD_FAIL_AT(file, line, yielded.error().what);
        else
            ADD_FAIL_AT(file, line, "nothing was yielded");
    }
    return yielded;
}

// The fault of what must fail; empty when it did not.
template <typename T>
std::optional<Fault> failed_as(Result<T> const& result) {
    return result ? std::nullopt : std::optional(result.error().fault);
}

} // namespace ds::test
