// Where webhooks may go: the options of `ds serve`, and what they come to.
#pragma once

#include "base/result.h"
#include "jobs/webhooks/webhook_url.h"

#include <string>
#include <vector>

namespace ds {

class CommandLine;

struct WebhookChoice {
    std::string loopback = "auto";
    std::vector<std::string> hosts;
};

void add_webhook_options(CommandLine& line, WebhookChoice& choice);

// `loopback`: nobody but this machine can ask for one. Fault::invalid for what is no host.
Result<webhooks::WebhookRules> settled(WebhookChoice const& choice, bool loopback);

} // namespace ds
