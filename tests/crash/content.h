// A stream read whole, in pages, for comparison with what was acknowledged.
//
// The crash loop's messages are `g<generation>.w<writer>.<append>.<index>.<padding>`: as a JSON
// string in JSON streams, ended by ";" in others. Here they stand without quotes and semicolon.
#pragma once

#include "support/dice.h"
#include "support/http_client.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct MessageId {
    std::uint64_t generation = 0;
    std::uint64_t writer = 0;
    std::uint64_t append = 0;
    std::uint64_t index = 0;
};
std::optional<MessageId> parse_message_id(std::string_view message);

struct Content {
    std::vector<std::string> messages;
    // The token after so many messages, for each page border met on the way; the last is the tail.
    std::map<std::size_t, std::string> places;
    bool closed = false;
};

// The messages of one page's body; empty when it is not made of whole messages.
std::optional<std::vector<std::string>> split_page(std::string const& body, bool json);

// Walks from -1 to the tail in pages of random size. Checks that tokens increase, that pages are
// not empty, respect the limit and end up to date. On failure: empty, and `why`.
std::optional<Content> read_content(HttpClient& client, std::string const& name, bool json,
                                    Dice& dice, std::string& why);

} // namespace ds
