// Sends requests over a few kept connections, and holds every answer against what it may not hold.
#pragma once

#include "support/dice.h"
#include "support/http_client.h"
#include "tenants/findings.h"
#include "tenants/tenant.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace ds::tenants {

class Caller {
public:
    Caller(std::uint16_t port, Dice& dice, Findings& findings) : dice_(dice), findings_(findings) {
        for (auto& connection : connections_)
            connection = std::make_unique<HttpClient>(port);
    }

    // For who may see nothing of `hidden`. Status 0 when no answer came.
    HttpResponse ask(HttpRequest const& request, Tenant const& hidden) {
        ++sent_;
        auto const answer = dice_.pick(connections_)->send(request);
        if (!answer || answer->status >= 500)
            findings_.add(Rule::failure, "no answer, or 5xx", request,
                          answer.value_or(HttpResponse{}));
        if (!answer) return {};
        ++statuses_[answer->status];
        look(request, *answer, hidden);
        return *answer;
    }

    // A reader key belongs to who was told it first.
    void learn_key(std::string const& key, Tenant const& owner) { owners_.emplace(key, &owner); }

    std::uint64_t sent() const { return sent_; }
    std::map<int, std::uint64_t> const& statuses() const { return statuses_; }

private:
    void look(HttpRequest const& request, HttpResponse const& answer, Tenant const& hidden) {
        auto all = answer.body;
        for (auto const& [name, value] : answer.headers)
            all.append("\n").append(name).append(": ").append(value);
        auto const found = [&](std::string const& text) {
            return all.find(text) != std::string::npos;
        };
        if (found(hidden.marker)) findings_.add(Rule::marker, "a message leaks", request, answer);
        if (found(hidden.secret)) findings_.add(Rule::secret, "a secret leaks", request, answer);
        constexpr std::size_t k_key_size = 35; // "rk_" and 32 hex digits
        for (auto at = all.find("rk_"); at != std::string::npos; at = all.find("rk_", at + 3)) {
            auto const owner = owners_.find(all.substr(at, k_key_size));
            if (owner != owners_.end() && owner->second == &hidden)
                findings_.add(Rule::key, "a reader key leaks", request, answer);
        }
    }

    Dice& dice_;
    Findings& findings_;
    std::array<std::unique_ptr<HttpClient>, 3> connections_;
    std::map<std::string, Tenant const*> owners_;
    std::map<int, std::uint64_t> statuses_;
    std::uint64_t sent_ = 0;
};

} // namespace ds::tenants
