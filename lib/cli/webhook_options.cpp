// Options about webhooks.
#include "cli/webhook_options.h"

#include "base/encoding.h"

#include <CLI/CLI.hpp>

namespace ds {
namespace {

constexpr char const* k_group = "Webhooks";

} // namespace

void add_webhook_options(CLI::App& app, WebhookChoice& choice) {
    app.add_option("--webhook-loopback", choice.loopback,
                   "Whether webhooks may go to http://localhost and 127.0.0.x; auto: if only this "
                   "machine can reach the server, and no --public-url or --trust-proxy says "
                   "otherwise")
        ->type_name("auto|yes|no")
        ->envname("DS_WEBHOOK_LOOPBACK")
        ->group(k_group)
        ->check(CLI::IsMember({"auto", "yes", "no"}));
    app.add_option("--webhook-host", choice.hosts,
                   "Webhooks may go to this host, or to all below .example.com, and to no other; "
                   "repeat for more")
        ->type_name("HOST")
        ->envname("DS_WEBHOOK_HOST")
        ->delimiter(',')
        ->default_str("")
        ->group(k_group);
}

Result<pubsub::WebhookRules> settled(WebhookChoice const& choice, bool loopback) {
    using Loopback = pubsub::WebhookRules::Loopback;
    pubsub::WebhookRules rules;
    bool const allowed = choice.loopback == "yes" || (choice.loopback == "auto" && loopback);
    rules.loopback = allowed ? Loopback::allowed : Loopback::refused;
    for (auto const& host : choice.hosts) {
        if (host.empty()) continue; // a config file that says none
        if (host.find_first_of("/:@* ") != std::string::npos)
            return Error{Fault::invalid, "--webhook-host " + host +
                                             ": want hooks.example.com, or .example.com for all "
                                             "below it"};
        rules.hosts.push_back(to_lower(host));
    }
    return rules;
}

} // namespace ds
