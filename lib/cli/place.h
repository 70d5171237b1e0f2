// A stream as it is named on a command line: PROJECT/STREAM of the server that is asked, or the URL
// of the stream, which says both.
#pragma once

#include "base/result.h"
#include "cli/session.h"
#include "model/stream_name.h"

#include <string>
#include <string_view>

namespace ds {

struct Place {
    std::string url; // of the server
    StreamName name;
};

// Fault::invalid says what is wrong with the text, or how streams are named.
Result<Place> place_of(Session const& session, std::string_view text);

} // namespace ds
