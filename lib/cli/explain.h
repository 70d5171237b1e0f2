// What went wrong, in words that end with the next command to try, and with which exit code.
#pragma once

#include "base/clock.h"
#include "cli/exit_code.h"
#include "client/stream_client.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ds {

struct Explanation {
    ExitCode code;
    std::string text;
};

// What the person wanted to do.
enum class Doing { put, fork, append, tail, subscribe, estuary, other };

// What `name` was to be, as a person would type it.
std::string shown(StreamName const& name);

// `token` is what was sent; empty: none.
Explanation explain(Denial const& denial, Doing doing, StreamName const& name,
                    std::string_view token = {});
// Why a server may have refused a token, as far as the token itself tells. `project`: of what was
// asked for; empty: nobody knows.
std::string why_refused(std::string_view token, Millis now, std::string_view project = {});
// `url` is the server that was asked.
Explanation explain(Error const& error, std::string_view url);
// Why a server said no, if it did.
template <typename Answer>
Denial const* denial_in(Result<Said<Answer>> const& said) {
    return said ? std::get_if<Denial>(&*said) : nullptr;
}
template <typename Answer>
bool is_denied(Result<Said<Answer>> const& said, int status) {
    auto const* const denial = denial_in(said);
    return denial != nullptr && denial->status == status;
}
// What stood in the way of an answer, if something did.
template <typename Answer>
std::optional<Explanation> trouble_in(Result<Said<Answer>> const& said, StreamClient const& client,
                                      Doing doing, StreamName const& name) {
    if (!said) return explain(said.error(), client.url());
    auto const* const denial = denial_in(said);
    if (denial == nullptr) return std::nullopt;
    return explain(*denial, doing, name, client.token());
}

// Says it, and returns its exit code.
ExitCode fail(Explanation const& why);

} // namespace ds
