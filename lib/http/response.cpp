// Rendering response heads.
#include "http/response.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>

namespace ds::http {

namespace {

std::string_view reason_of(int status) {
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
    }
}

// On every response: protection for browsers (protocol section 12.7).
constexpr std::string_view k_common = "X-Content-Type-Options: nosniff\r\n"
                                      "Cross-Origin-Resource-Policy: cross-origin\r\n";
// Readable from any origin.
constexpr std::string_view k_any_origin = "Access-Control-Allow-Origin: *\r\n";

void append_exposed(std::string& head, std::string_view exposed) {
    if (!exposed.empty())
        head.append("Access-Control-Expose-Headers: ").append(exposed).append("\r\n");
}

void append_cross_origin(std::string& head, CrossOrigin const& told, std::string_view exposed) {
    head.append("Vary: Origin\r\n"); // another origin would be told something else
    if (told.allowed.empty()) return;
    head.append("Access-Control-Allow-Origin: ").append(told.allowed).append("\r\n");
    if (told.credentials) head.append("Access-Control-Allow-Credentials: true\r\n");
    append_exposed(head, exposed);
}

void append_number(std::string& to, std::uint64_t value) {
    std::array<char, 20> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    to.append(digits.data(), end);
}

} // namespace

Response& Response::add(std::string_view name, std::string_view value) {
    headers_.append(name).append(": ").append(value).append("\r\n");
    return *this;
}

Response& Response::add(std::string_view name, std::uint64_t value) {
    headers_.append(name).append(": ");
    append_number(headers_, value);
    headers_.append("\r\n");
    return *this;
}

std::string render_head(Response const& response, Framing const& framing, std::string_view date) {
    std::string head;
    head.reserve(k_common.size() + k_any_origin.size() + framing.exposed.size() +
                 response.headers().size() + 192);
    head.append(framing.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ");
    append_number(head, static_cast<std::uint64_t>(response.status()));
    head.append(" ").append(reason_of(response.status())).append("\r\n");
    head.append("Date: ").append(date).append("\r\n");
    head.append(response.headers());
    head.append(k_common);
    if (framing.cross_origin && framing.origin != nullptr)
        append_cross_origin(head, *framing.origin, framing.exposed);
    else if (framing.cross_origin)
        append_exposed(head.append(k_any_origin), framing.exposed);
    // A 204 and a 304 have no body, and so no length to tell (RFC 9110 section 8.6).
    bool const bodyless = response.status() == 204 || response.status() == 304;
    if (framing.form == BodyForm::open) {
        // The end of the connection is the end of the body.
    } else if (framing.form == BodyForm::chunked) {
        head.append("Transfer-Encoding: chunked\r\n");
    } else if (framing.form == BodyForm::sized ? !bodyless : !response.content().empty()) {
        head.append("Content-Length: ");
        append_number(head, response.content().size());
        head.append("\r\n");
    }
    if (!framing.keep_alive)
        head.append("Connection: close\r\n");
    else if (framing.http_1_0)
        head.append("Connection: keep-alive\r\n");
    return head.append("\r\n");
}

std::string as_chunk(std::string piece) {
    std::array<char, 18> size;
    auto* end = std::to_chars(size.data(), size.data() + 16, piece.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    piece.insert(0, size.data(), static_cast<std::size_t>(end - size.data()));
    return piece.append("\r\n");
}

std::string format_http_date(Millis time) {
    static constexpr std::array<char const*, 7> k_days{"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
    static constexpr std::array<char const*, 12> k_months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const clock(std::chrono::floor<std::chrono::seconds>(time - day));
    auto const two = [](auto value) {
        auto const number = static_cast<unsigned>(value);
        return std::string{static_cast<char>('0' + number / 10),
                           static_cast<char>('0' + number % 10)};
    };
    std::string text = k_days[std::chrono::weekday(day).c_encoding()];
    text += ", " + two(static_cast<unsigned>(date.day())) + " ";
    text += k_months[static_cast<unsigned>(date.month()) - 1];
    text += " " + std::to_string(static_cast<int>(date.year())) + " ";
    text += two(clock.hours().count()) + ":" + two(clock.minutes().count()) + ":" +
            two(clock.seconds().count()) + " GMT";
    return text;
}

Response json_response(int status, std::string document) {
    Response response(status);
    response.add("Content-Type", "application/json").add("Cache-Control", "no-store");
    return std::move(response.body(Bytes(std::move(document))));
}

Response error_response(int status, std::string_view code, std::string_view text,
                        std::uint64_t retry_after) {
    nlohmann::ordered_json body;
    body["code"] = code;
    body["error"] = text;
    using Json = nlohmann::ordered_json;
    auto response =
        json_response(status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
    if (status == 429 || status == 503 || status == 507) response.add("Retry-After", retry_after);
    return response;
}

} // namespace ds::http
