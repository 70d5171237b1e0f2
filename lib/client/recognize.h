// Whether a Durable Streams server has answered, or something else that speaks HTTP: a login page,
// another program at that port, a proxy with nothing behind it.
#pragma once

#include "net/fetch.h"

#include <string>
#include <string_view>

namespace ds {

// True for what a Durable Streams server leaves on its replies: headers of the protocol, or an
// error with a code.
bool bears_marks(FetchReply const& reply);

// True for a refusal that says nothing about streams, since no such server has sent it. What a
// proxy says on behalf of a server is not foreign: busy, too large, who are you.
bool is_foreign_refusal(FetchReply const& reply);

// True when the reply can tell that something is stored: no append, creation or close is done
// without it. (Protocol sections 5.1 to 5.3)
bool acknowledges(FetchReply const& reply);

// Where the server has moved, when a redirect says that what was asked for at `base` + `path` is to
// be found at another base. Empty otherwise.
std::string new_base(FetchReply const& reply, std::string_view base, std::string_view path);

} // namespace ds
