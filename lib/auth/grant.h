// What a token allows. (Reference section 5.2, with `sub` and `stream_id` enforced everywhere)
#pragma once

#include "auth/jwt.h"

#include <cstdint>
#include <string_view>

namespace ds {

enum class Right : std::uint8_t {
    read,   // any scope
    join,   // any scope; what only who shows a token may do of its own: estuaries
    write,  // write or manage: create, append, close
    manage, // manage: delete, settings, reader keys
};

// `stream` is the name within the project; empty for what concerns all of it, for which a token of
// one stream is never enough.
inline bool allows(Claims const& claims, Right right, std::string_view project,
                   std::string_view stream) {
    if (claims.sub != project) return false;
    if (claims.stream_id && (stream.empty() || *claims.stream_id != stream)) return false;
    switch (right) {
    case Right::read:
    case Right::join: return true;
    case Right::write: return claims.scope != TokenScope::read;
    case Right::manage: return claims.scope == TokenScope::manage;
    }
    return false;
}

} // namespace ds
