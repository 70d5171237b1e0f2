// The URL of a stream is that of its server, the root of streams and its name.
#include "cli/place.h"

#include "client/stream_client.h"

namespace ds {

Result<Place> place_of(Session const& session, std::string_view text) {
    if (!text.starts_with("http://") && !text.starts_with("https://"))
        return Place{session.url, TRY(parse_stream_name(text))};
    auto const root = text.find(k_stream_root);
    if (root == std::string_view::npos)
        return Error{Fault::invalid, without_password(text) +
                                         " is no URL of a stream; write it as " +
                                         "http://HOST:PORT/v1/stream/PROJECT/STREAM"};
    auto const path = text.substr(root, text.find_first_of("?#", root) - root);
    return Place{std::string(text.substr(0, root)), TRY(parse_stream_path(path))};
}

} // namespace ds
