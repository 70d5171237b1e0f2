// Where webhooks may go: URLs that strangers name, held against the rules. (Protocol section 12.8)
//
//     https://host[:port]/...            host is a name of the internet, or an address of it
//     http://localhost, http://127.0.0.x for development, where that is allowed
//
// What a name leads to is looked at with each delivery (net/reach). Neither credentials nor a
// fragment belong in such a URL, and an address has one spelling: what is read leniently (010.1,
// 0x7f000001) could be read otherwise by somebody else.
#pragma once

#include "base/result.h"
#include "net/reach.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ds::webhooks {

inline constexpr std::size_t k_webhook_url_bytes_max = 2048;

struct WebhookRules {
    enum class Loopback : std::uint8_t { refused, allowed };
    Loopback loopback = Loopback::allowed;
    // If there are any, no others: "hooks.example.com", or ".example.com" for all below it.
    std::vector<std::string> hosts{};
};

struct WebhookTarget {
    std::string host; // lower case, with its port: deliveries to one host are counted by it
    Reach reach = Reach::internet;
};
// Fault::invalid with what is wrong.
Result<WebhookTarget> check_webhook_url(std::string_view url, WebhookRules const& rules);

} // namespace ds::webhooks
