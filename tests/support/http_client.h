// One blocking HTTP/1.1 connection to 127.0.0.1, kept alive: the wire of the HTTP tests for those
// who want answers and no exceptions. It shares no code with the server.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::test {
class Wire;
}

namespace ds {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
    std::string method;
    std::string target; // as it goes over the wire
    HttpHeaders headers{};
    std::string body{};
};

struct HttpResponse {
    int status = 0;
    HttpHeaders headers; // names in lower case
    std::string body;

    // The value of a header, named in lower case; empty when it is absent.
    std::optional<std::string> header(std::string_view name) const;
    // The same, with "" for absent.
    std::string value(std::string_view name) const { return header(name).value_or(""); }
};

// What a client makes of 503 SEGMENT_UNAVAILABLE, which says that nothing happened because the
// object store behind the server failed: an answer like others, or a reason to ask again, for a
// while.
enum class Unavailable : std::uint8_t { is_an_answer, ask_again };

class HttpClient {
public:
    explicit HttpClient(std::uint16_t port, Unavailable unavailable = Unavailable::is_an_answer,
                        std::chrono::seconds patience = std::chrono::seconds(20));
    ~HttpClient();
    HttpClient(HttpClient const&) = delete;
    HttpClient& operator=(HttpClient const&) = delete;

    // Empty when no whole answer came: nobody knows then whether the request took effect. Never
    // sends a request again that may have. problem() says what happened.
    std::optional<HttpResponse> send(HttpRequest const& request);
    std::string const& problem() const { return problem_; }
    // The connection stood, but the server was silent for too long.
    bool timed_out() const { return timed_out_; }
    void close();

private:
    std::optional<HttpResponse> send_once(HttpRequest const& request);
    void connect();
    std::string text_of(HttpRequest const& request) const;

    std::uint16_t port_;
    Unavailable unavailable_;
    std::chrono::seconds patience_;
    std::unique_ptr<test::Wire> wire_; // null: no connection
    std::string problem_;
    bool timed_out_ = false;
};

// What may stand in a URL path, with everything else percent-encoded; slashes stay.
std::string encode_path(std::string_view path);

} // namespace ds
