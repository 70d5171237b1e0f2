// What went against the rules, with the request that shows it; shared by all threads.
#pragma once

#include "support/http_client.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ds::tenants {

enum class Rule : std::uint8_t {
    marker,    // no answer holds what the other tenant wrote
    key,       // nor a reader key of the other's
    secret,    // nor its signing secret
    let_in,    // who has no token for it is refused
    existence, // and is told the same whether or not there is such a stream
    content,   // a tenant finds exactly what was acknowledged to it
    failure,   // every request is answered, and never with 5xx
};
inline constexpr std::array<std::string_view, 7> k_rules{
    "no message of the other",      "no reader key of the other", "no secret of the other",
    "refused without a good token", "existence is not told",      "exactly the acknowledged writes",
    "an answer, and never 5xx"};

class Findings {
public:
    void add(Rule rule, std::string what, HttpRequest const& request, HttpResponse const& response);
    std::size_t count(Rule rule) const { return counts_[static_cast<std::size_t>(rule)]; }
    // The first few, to be read by people.
    std::vector<std::string> const& told() const { return told_; }

private:
    std::mutex adding_;
    std::array<std::size_t, k_rules.size()> counts_{};
    std::vector<std::string> told_;
};

// As it goes over the wire, shortened: what is needed to send it again.
std::string text_of(HttpRequest const& request);
std::string text_of(HttpResponse const& response);

} // namespace ds::tenants
