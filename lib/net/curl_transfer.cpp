// What libcurl is told of a request, and what it says of the reply.
#include "net/curl_transfer.h"

#include "base/encoding.h"
#include "net/curl_fetch.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>

namespace ds {
namespace {

using Steady = std::chrono::steady_clock;

// All head lines of a reply, those of redirects and trailers too.
constexpr std::size_t k_reply_head_bytes_max = std::size_t{1024} * 1024;

struct FreeUrl {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::size_t on_header(char* text, std::size_t, std::size_t count, void* user) {
    auto& transfer = *static_cast<CurlTransfer*>(user);
    std::string_view line(text, count);
    transfer.head_bytes += count;
    if (transfer.head_bytes > k_reply_head_bytes_max) return 0;
    // A status line begins a reply anew: after "100 Continue", or after a redirect.
    if (line.starts_with("HTTP/")) transfer.reply.headers.clear();
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    auto const colon = line.find(':');
    if (colon != std::string_view::npos && !line.starts_with("HTTP/"))
        transfer.reply.headers.add(line.substr(0, colon), trim(line.substr(colon + 1)));
    return count;
}

std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* user) {
    auto& transfer = *static_cast<CurlTransfer*>(user);
    if (!transfer.tell_head()) return 0;
    // Less than `count` tells libcurl to give up.
    return transfer.goes_on(transfer.taker.on_bytes({bytes, count})) ? count : 0;
}

// Called by libcurl as bytes move, and about once a second when none do.
int on_progress(void* user, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) {
    auto& transfer = *static_cast<CurlTransfer*>(user);
    auto const now = Steady::now();
    if (transfer.moved != down + up) {
        transfer.moved = down + up;
        transfer.moved_at = now;
    }
    if (transfer.stall.count() > 0 && now - transfer.moved_at > transfer.stall)
        transfer.stalled = true;
    if (now - transfer.idle_told_at > std::chrono::milliseconds(500)) {
        transfer.idle_told_at = now;
        transfer.goes_on(transfer.taker.on_idle());
    }
    return transfer.stopped || transfer.stalled ? 1 : 0;
}

bool is_in_reach(Reach reach, sockaddr const& address) {
    std::array<char, sizeof(in6_addr)> bytes{};
    std::size_t size = 0;
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        std::memcpy(bytes.data(), &v4.sin_addr, size = sizeof v4.sin_addr);
    } else if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        std::memcpy(bytes.data(), &v6.sin6_addr, size = sizeof v6.sin6_addr);
    }
    return reaches(reach, std::string_view(bytes.data(), size));
}

// After the host was looked up and before anything is sent: what a name says now counts, not what
// it said when somebody checked it.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<CurlTransfer*>(user);
    if (!is_in_reach(transfer.reach, address->addr)) {
        transfer.out_of_reach = true;
        return CURL_SOCKET_BAD;
    }
    transfer.out_of_reach = false; // of several addresses one will do
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Whether a URL leads to this machine, for which no proxy is asked.
bool is_of_this_machine(std::string const& url) {
    std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
    if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return false;
    char* text = nullptr;
    if (curl_url_get(parsed.get(), CURLUPART_HOST, &text, 0) != CURLUE_OK) return false;
    auto const host = to_lower(text);
    curl_free(text);
    return is_loopback(host) || host.ends_with(".localhost");
}

// A line break in a header would let its value add headers of its own.
bool is_one_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

curl_slist* header_list(FetchRequest const& request) {
    curl_slist* list = nullptr;
    auto const add = [&](std::string const& line) { list = curl_slist_append(list, line.c_str()); };
    for (auto const& [name, value] : request.headers) {
        auto line = name;
        // A ";" is libcurl's way to send a header without a value.
        line += value.empty() ? ";" : ": ";
        add(line += value);
    }
    // Without these two libcurl waits for "100 Continue", and calls every body a form.
    add("Expect:");
    if (!request.headers.get("Content-Type")) add("Content-Type:");
    return list;
}

void set_method(CURL* curl, FetchRequest const& request) {
    auto const reads = request.method == "GET" || request.method == "HEAD";
    if (request.method == "HEAD") {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    if (request.method == "POST" || request.method == "PUT" || !request.body.empty()) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
        // Not copied: the caller keeps the body alive. A null pointer would mean "ask a callback".
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    }
    if (reads && request.redirects == Redirects::of_reads) {
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
    }
}

void set_request(CURL* curl, FetchRequest const& request, CurlTransfer& transfer) {
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    if (!request.unix_path.empty())
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request.unix_path.c_str());
    bool const limited = request.reach != Reach::anywhere;
    if (limited || is_of_this_machine(request.url)) curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (limited) {
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &transfer);
    }
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(request.limits.connect.count()));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.limits.overall.count()));
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
    set_method(curl, request);
}

// True when the certificate is fine but for who has signed it. The numbers are OpenSSL's
// X509_V_ERR.
bool lacks_authority(CURL* curl) {
    long verdict = 0;
    curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &verdict);
    constexpr std::array<long, 5> k_unknown{2, 18, 19, 20, 21};
    return std::find(k_unknown.begin(), k_unknown.end(), verdict) != k_unknown.end();
}

Fault fault_of(CURLcode code, bool answered) {
    switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return Fault::invalid;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR: return Fault::unreachable;
    case CURLE_OPERATION_TIMEDOUT: return answered ? Fault::io : Fault::unreachable;
    default: return Fault::io;
    }
}

} // namespace

void start_libcurl() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

Result<void> CurlTransfer::check(FetchRequest const& request) {
    for (auto const& [name, value] : request.headers)
        if (!is_one_line(name) || !is_one_line(value))
            return Error{Fault::invalid, "the header " + name + " contains a line break"};
    return {};
}

CurlTransfer::CurlTransfer(CURL* handle, FetchRequest const& request, BodyTaker& takes,
                           std::string authorities)
    : curl(handle),
      taker(takes),
      stall(request.limits.stall),
      reach(request.reach),
      headers_(header_list(request)),
      authorities_(std::move(authorities)) {
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text_.data());
    set_request(curl, request, *this);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
    if (!authorities_.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, authorities_.c_str());
}

bool CurlTransfer::goes_on(Flow flow) {
    stopped = stopped || flow == Flow::stop;
    return !stopped;
}

bool CurlTransfer::tell_head() {
    if (told_head_) return true;
    told_head_ = true;
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    reply.status = static_cast<int>(status);
    return goes_on(taker.on_head(reply));
}

Result<FetchReply> CurlTransfer::end(CURLcode code) {
    std::string why = text_.front() != '\0' ? text_.data() : curl_easy_strerror(code);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        why = std::string(lacks_authority(curl) ? k_unknown_authority : k_bad_certificate) + " (" +
              why + ")";
    if (code == CURLE_SSL_CACERT_BADFILE) why = "no certificates in " + authorities_;
    if (code == CURLE_OK) tell_head();
    if (code == CURLE_OK || stopped) return std::move(reply);
    if (out_of_reach)
        return Error{Fault::invalid, "the host is at an address that must not be reached"};
    if (head_bytes > k_reply_head_bytes_max)
        return Error{Fault::io, "the head of the reply is too large"};
    if (stalled) return Error{Fault::io, "no data for too long"};
    return Error{fault_of(code, !reply.headers.empty()), std::move(why)};
}

} // namespace ds
