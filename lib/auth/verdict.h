// What the answer of an external hook means, and for how long. Pure functions.
//
//     2xx         let in
//     401, 403    refused; the challenge of a 401 is passed on
//     all else    no verdict: the hook is broken, or its URL is wrong
#pragma once

#include "base/result.h"
#include "net/fetch.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace ds {

struct Verdict {
    enum class Ruling : std::uint8_t {
        let_in,
        unauthorized, // who asks has to say who it is
        forbidden,    // it may not do this
        unknown,      // the hook does not say
    };
    Ruling ruling = Ruling::unknown;
    std::string challenge{}; // WWW-Authenticate, for `unauthorized`; empty when the hook names none
};

// The fault says what is wrong with the answer, for a person.
Result<Verdict> verdict_of(FetchReply const& reply);

// How long it may be kept: max-age of Cache-Control, less what Age says has passed, a day at most.
// 0 with no-store or no-cache, with what cannot be understood, and when nothing is said.
std::chrono::seconds kept_for(HeaderMap const& headers);

} // namespace ds
