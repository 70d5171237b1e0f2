// Counting findings, and telling the first of them.
#include "tenants/findings.h"

namespace ds::tenants {

namespace {

constexpr std::size_t k_told_max = 12;
constexpr std::size_t k_body_max = 300;

std::string lines_of(HttpHeaders const& headers, std::string const& body) {
    std::string text;
    for (auto const& [name, value] : headers)
        text.append("    ").append(name).append(": ").append(value).append("\n");
    if (!body.empty()) text.append("    | ").append(body, 0, k_body_max).append("\n");
    return text;
}

} // namespace

std::string text_of(HttpRequest const& request) {
    return "    " + request.method + " " + request.target + "\n" +
           lines_of(request.headers, request.body);
}

std::string text_of(HttpResponse const& response) {
    auto headers = response.headers;
    // The same in all answers, and long.
    std::erase_if(headers, [](auto const& header) {
        return header.first.starts_with("access-control-") || header.first == "date";
    });
    return "    " + std::to_string(response.status) + "\n" + lines_of(headers, response.body);
}

void Findings::add(Rule rule, std::string what, HttpRequest const& request,
                   HttpResponse const& response) {
    std::lock_guard const lock(adding_);
    auto const place = static_cast<std::size_t>(rule);
    ++counts_[place];
    if (told_.size() >= k_told_max) return;
    told_.push_back("FAIL (" + std::string(k_rules[place]) + ") " + std::move(what) + "\n" +
                    text_of(request) + "  answer:\n" + text_of(response));
}

} // namespace ds::tenants
