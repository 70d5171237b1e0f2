// Fetch over libcurl: HTTP/1.1 and 2, TLS with verified certificates, connections kept for reuse.
//
// One CurlFetch may serve many threads; each request borrows a handle with its warm connection.
// Redirects are followed for GET and HEAD only, at most five, and only if the request allows it: a
// write goes where it was sent, or nowhere. Loopback addresses never go through a proxy; others
// follow the usual environment, unless the request says how far it may reach: a proxy would look
// the host up for itself. Whoever limits that uses a CurlFetch of its own, so that no connection is
// borrowed that was made without the limit. Programs that use it ignore SIGPIPE, which a lost TLS
// connection may raise.
#pragma once

#include "base/guarded.h"
#include "net/fetch.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

// How the error of a certificate begins that nobody known here has signed.
inline constexpr std::string_view k_unknown_authority =
    "the certificate is not signed by an authority known here";
// The same of one that is wrong in another way: for another host, or out of date.
inline constexpr std::string_view k_bad_certificate = "the certificate does not hold";

class CurlFetch final : public Fetch {
public:
    // `authorities` is a file with the certificates of more authorities (PEM); empty: those of the
    // system alone.
    explicit CurlFetch(std::string authorities = {});
    ~CurlFetch() override;
    CurlFetch(CurlFetch const&) = delete;
    CurlFetch& operator=(CurlFetch const&) = delete;

    Result<FetchReply> fetch(FetchRequest const& request) override;
    Result<FetchReply> fetch_into(FetchRequest const& request, BodyTaker& taker) override;

    // More than any page or object that is read whole; larger bodies want fetch_into.
    static constexpr std::size_t k_reply_bytes_max = std::size_t{256} * 1024 * 1024;

private:
    struct Handle;
    std::unique_ptr<Handle> borrow();
    void give_back(std::unique_ptr<Handle> handle);

    std::string const authorities_;
    Guarded<std::vector<std::unique_ptr<Handle>>> idle_;
};

} // namespace ds
