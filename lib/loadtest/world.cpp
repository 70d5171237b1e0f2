// Requests of a load test as text.
#include "loadtest/world.h"

namespace ds {

std::string request_head(std::string_view method, Target const& target, LoadPlan const& plan,
                         std::string_view path_and_query) {
    std::string head;
    head.reserve(256 + plan.token.size());
    head.append(method).append(" ").append(target.path).append(path_and_query);
    head.append(" HTTP/1.1\r\nHost: ").append(target.authority).append("\r\n");
    head.append("User-Agent: ds-loadtest\r\n");
    if (!plan.token.empty())
        head.append("Authorization: Bearer ").append(plan.token).append("\r\n");
    return head;
}

} // namespace ds
