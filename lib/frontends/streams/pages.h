// Which pages in browsers may ask, and which may see the answers.
//
// A server that lets everybody in answers only names and pages of this machine, and of origins that
// are named. Else pages of all origins may read, unless origins are named: what they show as
// credentials decides. One for each event loop.
#pragma once

#include "http/request.h"
#include "http/response.h"
#include "service/access/access.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ds::streams {

class Pages {
public:
    Pages(access::AuthOptions const& options, access::Access& access)
        : options_(options),
          access_(access) {}

    // 403 for who is let in without a token, but comes under a foreign name or from a foreign page.
    std::optional<http::Response> refuse_foreigner(http::Request const& request);
    // What the answer says to pages of other origins. Null: pages of all origins may read.
    std::shared_ptr<http::CrossOrigin const> cross_origin(http::Request const& request,
                                                          std::string_view project);

private:
    bool is_closed(); // but for pages of this machine, and named ones
    bool names(std::string_view origin, Project const* project) const;
    bool is_of_us(std::string_view origin) const;

    access::AuthOptions const& options_;
    access::Access& access_;
    std::string good_host_; // the last that was found to be of this machine
};

} // namespace ds::streams
