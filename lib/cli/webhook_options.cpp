// Options about webhooks.
#include "cli/webhook_options.h"

#include "base/encoding.h"
#include "cli/command_line.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>

namespace ds {
namespace {

// Labels of letters, digits and inner hyphens (RFC 1123, section 2.1), or the digits of an address.
bool is_host_name(std::string_view name) {
    constexpr std::size_t k_label_max = 63;
    while (true) {
        auto const label = name.substr(0, name.find('.'));
        bool const fine = std::ranges::all_of(
            label, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
        if (!fine || label.empty() || label.size() > k_label_max || label.starts_with('-') ||
            label.ends_with('-'))
            return false;
        if (label.size() == name.size()) return true;
        name.remove_prefix(label.size() + 1);
    }
}

} // namespace

void add_webhook_options(CommandLine& line, WebhookChoice& choice) {
    line.under("Webhooks")
        .settings({
            {"--webhook-loopback", &choice.loopback,
             "Whether webhooks may go to http://localhost and 127.0.0.x; auto: if only this "
             "machine can reach the server, and no --public-url or --trust-proxy says "
             "otherwise",
             takes_one_of("auto|yes|no")},
            {"--webhook-host", &choice.hosts,
             "Webhooks may go to this host, or to all below .example.com, and to no other; "
             "repeat for more",
             takes_list("HOST")},
        });
}

Result<webhooks::WebhookRules> settled(WebhookChoice const& choice, bool loopback) {
    using Loopback = webhooks::WebhookRules::Loopback;
    webhooks::WebhookRules rules;
    bool const allowed = choice.loopback == "yes" || (choice.loopback == "auto" && loopback);
    rules.loopback = allowed ? Loopback::allowed : Loopback::refused;
    for (auto const& host : choice.hosts) {
        if (host.empty()) continue; // a config file that says none
        auto const name = std::string_view(host).substr(host.starts_with('.') ? 1 : 0);
        if (!is_host_name(name))
            return Error{Fault::invalid, "--webhook-host " + host +
                                             ": want hooks.example.com, or .example.com for all "
                                             "below it"};
        rules.hosts.push_back(to_lower(host));
    }
    return rules;
}

} // namespace ds
