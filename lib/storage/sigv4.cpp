// The canonical request, the text to sign, and the key that signs it.
#include "storage/sigv4.h"

#include "base/crypto.h"
#include "base/encoding.h"

#include <algorithm>
#include <map>

namespace ds {

namespace {

constexpr std::string_view k_algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view k_last_step = "aws4_request";

// Without blanks at both ends, and with one where there are several.
std::string squeeze(std::string_view value) {
    std::string squeezed;
    for (char const c : trim(value))
        if (c != ' ' || !squeezed.ends_with(' ')) squeezed += c;
    return squeezed;
}

struct SignedHeaders {
    std::string names; // "host;range"
    std::string lines; // "host:…\nrange:…\n"
};

SignedHeaders signed_headers(HeaderMap const& headers) {
    std::map<std::string, std::string> sorted;
    for (auto const& [name, value] : headers) {
        auto const [at, is_new] = sorted.try_emplace(to_lower(name), squeeze(value));
        if (!is_new) at->second.append(",").append(squeeze(value));
    }
    SignedHeaders all;
    for (auto const& [name, value] : sorted) {
        if (!all.names.empty()) all.names += ';';
        all.names += name;
        all.lines.append(name).append(":").append(value).append("\n");
    }
    return all;
}

std::string join(std::initializer_list<std::string_view> parts, char between) {
    std::string joined;
    for (auto const part : parts) {
        if (!joined.empty()) joined += between;
        joined += part;
    }
    return joined;
}

} // namespace

std::string amz_date(Millis time) {
    std::string date;
    for (char const c : format_rfc3339(time)) {
        if (c == '.') break;
        if (c != '-' && c != ':') date += c;
    }
    return date + "Z";
}

std::string encoded_path(std::string_view path) {
    return percent_encode(path, "/");
}

std::string encoded_query(QueryFields const& query) {
    QueryFields encoded;
    encoded.reserve(query.size());
    for (auto const& [name, value] : query)
        encoded.emplace_back(percent_encode(name), percent_encode(value));
    std::sort(encoded.begin(), encoded.end());
    std::string text;
    for (auto const& [name, value] : encoded) {
        if (!text.empty()) text += '&';
        text.append(name).append("=").append(value);
    }
    return text;
}

std::string authorization(Signable const& request, Credentials const& credentials, Millis time,
                          std::string_view region, std::string_view service) {
    auto const headers = signed_headers(request.headers);
    // The lines of the headers end with a line break of their own, so that an empty line follows.
    auto const canonical = join({request.method, encoded_path(request.path),
                                 encoded_query(request.query) + "\n" + headers.lines, headers.names,
                                 request.payload_hash},
                                '\n');
    auto const date = amz_date(time);
    auto const day = date.substr(0, date.find('T'));
    auto const scope = join({day, region, service, k_last_step}, '/');
    auto const to_sign = join({k_algorithm, date, scope, hex_encode(sha256(canonical))}, '\n');

    auto key = "AWS4" + credentials.secret_key;
    for (auto const step : {std::string_view(day), region, service, k_last_step})
        key = hmac_sha256(key, step);
    return std::string(k_algorithm) + " Credential=" + credentials.access_key + "/" + scope +
           ",SignedHeaders=" + headers.names +
           ",Signature=" + hex_encode(hmac_sha256(key, to_sign));
}

} // namespace ds
