// AWS Signature Version 4: the Authorization header of a request. Pure functions.
//
// docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. Paths are encoded once, as
// S3 wants it; every header that is given is signed.
#pragma once

#include "base/clock.h"
#include "net/fetch.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds {

struct Credentials {
    std::string access_key;
    std::string secret_key;
    std::string session_token; // empty unless the keys are temporary
};

// Names and values as they are meant, not encoded.
using QueryFields = std::vector<std::pair<std::string, std::string>>;

struct Signable {
    std::string method;
    std::string path; // as it is meant, from its first "/" on
    QueryFields query;
    HeaderMap headers;        // with Host, and with X-Amz-Date as amz_date() gives it
    std::string payload_hash; // the SHA-256 of the body, in hex
};

// "20130524T000000Z"
std::string amz_date(Millis time);

// What stands in a URL for `path` and for `query` when the signature is to hold.
std::string encoded_path(std::string_view path);
std::string encoded_query(QueryFields const& query);

// The value of Authorization. A session token is signed only when X-Amz-Security-Token is among the
// headers.
std::string authorization(Signable const& request, Credentials const& credentials, Millis time,
                          std::string_view region, std::string_view service = "s3");

} // namespace ds
