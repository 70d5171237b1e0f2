// Where a request ends, and its parts.
#include "bench/ceiling_request.h"

#include <charconv>
#include <string>

namespace ds {

namespace {

constexpr std::string_view k_head_end = "\r\n\r\n";
constexpr std::string_view k_length = "\r\nContent-Length: ";
constexpr auto k_none = std::string_view::npos;

} // namespace

std::string_view CeilingRequest::parameter(std::string_view name) const {
    for (std::size_t at = 0; at < query.size();) {
        auto const end = std::min(query.find('&', at), query.size());
        auto const pair = query.substr(at, end - at);
        if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
            return pair.substr(name.size() + 1);
        at = end + 1;
    }
    return "";
}

std::string_view CeilingRequest::header(std::string_view name) const {
    auto const mark = std::string("\r\n").append(name).append(": ");
    auto const at = head.find(mark);
    if (at == k_none) return "";
    auto const value = head.substr(at + mark.size());
    return value.substr(0, value.find("\r\n"));
}

CeilingRequest first_request(std::string_view arrived) {
    CeilingRequest request;
    auto const head_size = arrived.find(k_head_end);
    if (head_size == k_none) return request;
    request.head = arrived.substr(0, head_size);
    auto const space = request.head.find(' ');
    auto const second = request.head.find(' ', space + 1);
    if (second == k_none) return request;
    request.method = request.head.substr(0, space);
    request.path = request.head.substr(space + 1, second - space - 1);
    if (auto const mark = request.path.find('?'); mark != k_none) {
        request.query = request.path.substr(mark + 1);
        request.path = request.path.substr(0, mark);
    }
    std::size_t size = 0;
    if (request.method != "GET") {
        auto const length = request.head.find(k_length);
        if (length != k_none)
            std::from_chars(request.head.data() + length + k_length.size(),
                            request.head.data() + head_size, size);
    }
    auto const rest = arrived.substr(head_size + k_head_end.size());
    if (rest.size() < size) return request;
    request.body = rest.substr(0, size);
    request.bytes = head_size + k_head_end.size() + size;
    return request;
}

} // namespace ds
