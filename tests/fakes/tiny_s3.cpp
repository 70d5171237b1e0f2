// What a small S3 server answers.
#include "fakes/tiny_s3.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "http/response.h"

#include <algorithm>
#include <set>
#include <utility>

namespace ds::test {

namespace {

std::string value_of(HeaderMap const& headers, std::string_view name) {
    return std::string(headers.get(name).value_or(""));
}

std::vector<std::string> split(std::string_view text, char between) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        auto const end = std::min(text.find(between), text.size());
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

// What stands between `before` and the next comma.
std::string after(std::string const& text, std::string const& before) {
    auto const at = text.find(before);
    if (at == std::string::npos) return {};
    auto const rest = text.substr(at + before.size());
    return rest.substr(0, rest.find(','));
}

std::string escape(std::string const& text) {
    std::string escaped;
    for (char const c : text)
        escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
    return escaped;
}

std::string tag_of(std::string const& body) {
    return "\"" + hex_encode(sha256(body)).substr(0, 32) + "\"";
}

// "20260101T000000Z" as an instant.
std::optional<Millis> instant_of(std::string const& date) {
    if (date.size() != 16) return std::nullopt;
    return parse_rfc3339(date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6, 5) +
                         ":" + date.substr(11, 2) + ":" + date.substr(13));
}

} // namespace

void TinyS3::set_trouble(Trouble trouble, int times) {
    auto state = state_.lock();
    state->trouble = trouble;
    state->times = times;
}

Trouble TinyS3::next_trouble(FetchRequest const& request) {
    auto state = state_.lock();
    state->asked.push_back({request.method, request.url, request.headers});
    state->most_at_once = std::max(state->most_at_once, ++state->at_once);
    if (state->times == 0) return Trouble::none;
    --state->times;
    return state->trouble;
}

Result<FetchReply> TinyS3::fetch(FetchRequest const& request) {
    auto const trouble = next_trouble(request);
    auto answered = answer(request, trouble);
    --state_.lock()->at_once;
    if (trouble == Trouble::silent) return Error{Fault::unreachable, "nobody answers"};
    return answered;
}

Result<FetchReply> TinyS3::fetch_into(FetchRequest const&, BodyTaker&) {
    return Error{Fault::invalid, "the tiny server gives whole bodies only"};
}

FetchReply TinyS3::reply(int status, std::string body, HeaderMap headers) const {
    headers.add("Content-Length", std::to_string(body.size()));
    headers.add("Date", http::format_http_date(clock_.now() + ahead));
    return FetchReply{status, std::move(headers), std::move(body)};
}

FetchReply TinyS3::error(int status, std::string const& code, std::string const& more) const {
    return reply(status,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
                     "</Code><Message>So says " + access_key + "</Message>" + more + "</Error>",
                 {{"Content-Type", "application/xml"}});
}

TinyS3::Target TinyS3::target_of(FetchRequest const& request) const {
    Target target;
    auto rest = request.url.substr(std::min(endpoint.size(), request.url.size()));
    auto const query_at = std::min(rest.find('?'), rest.size());
    target.path = rest.substr(0, query_at);
    target.query = rest.substr(std::min(query_at + 1, rest.size()));
    for (auto const& field : split(target.query, '&')) {
        auto const equals = std::min(field.find('='), field.size());
        auto const value = field.substr(std::min(equals + 1, field.size()));
        target.fields[*percent_decode(field.substr(0, equals))] = *percent_decode(value);
    }
    auto const key_at = target.path.find('/', 1);
    if (key_at != std::string::npos) target.key = *percent_decode(target.path.substr(key_at + 1));
    return target;
}

std::string TinyS3::signature(FetchRequest const& request, Target const& target,
                              std::string const& names) const {
    auto fields = split(target.query, '&');
    std::sort(fields.begin(), fields.end());
    std::string text = request.method + "\n" + target.path + "\n";
    for (std::size_t i = 0; i < fields.size(); ++i)
        text += (i == 0 ? "" : "&") + fields[i];
    text += "\n";
    for (auto const& name : split(names, ';'))
        text += name + ":" + value_of(request.headers, name) + "\n";
    text += "\n" + names + "\n" + value_of(request.headers, "X-Amz-Content-Sha256");

    auto const date = value_of(request.headers, "X-Amz-Date");
    auto const day = date.substr(0, 8);
    auto const to_sign = "AWS4-HMAC-SHA256\n" + date + "\n" + day + "/" + region +
                         "/s3/aws4_request\n" + hex_encode(sha256(text));
    auto const for_day = hmac_sha256("AWS4" + secret_key, day);
    auto const for_service = hmac_sha256(hmac_sha256(for_day, region), "s3");
    return hex_encode(hmac_sha256(hmac_sha256(for_service, "aws4_request"), to_sign));
}

// The code of the error that the request's credentials deserve; empty when all is well.
std::string TinyS3::objection(FetchRequest const& request, Target const& target) const {
    auto const given = value_of(request.headers, "Authorization");
    auto const credential = split(after(given, "Credential="), '/');
    auto const names = after(given, "SignedHeaders=");
    auto const signed_names = split(names, ';');
    std::set<std::string> const covered(signed_names.begin(), signed_names.end());
    if (credential.size() != 5) return "AccessDenied";
    if (credential[0] != access_key) return "InvalidAccessKeyId";
    if (credential[2] != region) return "AuthorizationHeaderMalformed";
    if (value_of(request.headers, "X-Amz-Security-Token") != session_token) return "InvalidToken";
    auto const sent = instant_of(value_of(request.headers, "X-Amz-Date"));
    if (!sent) return "AccessDenied";
    auto const off = *sent - (clock_.now() + ahead);
    if (off > std::chrono::minutes(15) || off < -std::chrono::minutes(15))
        return "RequestTimeTooSkewed";
    // All that decides what the request does must be covered.
    for (auto const& line : request.headers) {
        auto const name = to_lower(line.first);
        if (name != "authorization" && !covered.contains(name)) return "SignatureDoesNotMatch";
    }
    if ("http://" + value_of(request.headers, "Host") != endpoint) return "SignatureDoesNotMatch";
    if (after(given, "Signature=") != signature(request, target, names))
        return "SignatureDoesNotMatch";
    if (value_of(request.headers, "X-Amz-Content-Sha256") != hex_encode(sha256(request.body)))
        return "XAmzContentSHA256Mismatch";
    return {};
}

FetchReply TinyS3::answer(FetchRequest const& request, Trouble trouble) {
    auto const target = target_of(request);
    if (auto const code = objection(request, target); !code.empty())
        return error(code.starts_with("X") || code.starts_with("Auth") ? 400 : 403, code,
                     "<StringToSign>" + access_key + "</StringToSign>");
    switch (trouble) {
    case Trouble::internal_error: return error(500, "InternalError");
    case Trouble::slow_down: return error(503, "SlowDown");
    case Trouble::quota: return error(507, "QuotaExceeded");
    case Trouble::denied: return error(403, "AccessDenied");
    case Trouble::no_bucket: return error(404, "NoSuchBucket");
    case Trouble::plain_404: return reply(404, "<html><p>Not found</html>");
    case Trouble::redirect: return error(301, "PermanentRedirect");
    default: break;
    }
    auto const slash = target.path.find('/', 1);
    if (target.path.substr(1, slash - 1) != bucket) return error(404, "NoSuchBucket");
    if (target.key.empty()) return page(target, trouble);
    return on_object(request, target.key, trouble);
}

// Whether an object that is there, or not, is as the conditions of a request have it.
bool TinyS3::holds(FetchRequest const& request, std::string const* there) const {
    if (!keeps_conditions) return true;
    if (request.headers.get("If-None-Match") && there != nullptr) return false;
    auto const tag = request.headers.get("If-Match");
    return !tag || (there != nullptr && tag_of(*there) == *tag);
}

FetchReply TinyS3::on_object(FetchRequest const& request, std::string const& key, Trouble trouble) {
    auto state = state_.lock();
    auto const at = state->objects.find(key);
    if (request.method == "PUT") {
        if (value_of(request.headers, "Content-Type").empty()) return error(400, "InvalidRequest");
        bool const asks = request.headers.get("If-None-Match") || request.headers.get("If-Match");
        if (asks && refuses_conditions) return error(501, "NotImplemented");
        if (asks && trouble == Trouble::changing) return error(409, "ConditionalRequestConflict");
        bool const there = at != state->objects.end();
        if (!there && request.headers.get("If-Match") && keeps_conditions)
            return error(404, "NoSuchKey");
        if (!holds(request, there ? &at->second : nullptr)) return error(412, "PreconditionFailed");
        state->objects[key] = request.body;
        return reply(200, "", {{"ETag", tag_of(state->objects[key])}});
    }
    if (request.method == "DELETE") {
        if (at != state->objects.end()) state->objects.erase(at);
        return reply(204, "");
    }
    if (request.method != "GET") return error(405, "MethodNotAllowed");
    if (at == state->objects.end()) return error(404, "NoSuchKey");
    auto const range = request.headers.get("Range");
    auto answered = range && knows_ranges ? part(at->second, *range, trouble)
                                          : reply(200, at->second, {{"ETag", tag_of(at->second)}});
    if (trouble == Trouble::half_body) answered.body.resize(answered.body.size() / 2);
    return answered;
}

FetchReply TinyS3::part(std::string const& body, std::string_view range, Trouble trouble) const {
    range.remove_prefix(std::min(std::string_view("bytes=").size(), range.size()));
    auto const dash = range.find('-');
    std::uint64_t const size = body.size();
    auto first = parse_decimal(range.substr(0, dash)).value_or(0);
    auto last = std::min(parse_decimal(range.substr(dash + 1)).value_or(0), size - 1);
    if (dash == 0) {
        first = size - std::min(parse_decimal(range.substr(1)).value_or(0), size);
        last = size - 1;
    }
    if (size == 0 || first >= size)
        return error(
            416, "InvalidRange",
            tells_size ? "<ActualObjectSize>" + std::to_string(size) + "</ActualObjectSize>" : "");
    if (trouble == Trouble::wrong_range) --last;
    return reply(206, body.substr(first, last - first + 1),
                 {{"Content-Range", "bytes " + std::to_string(first) + "-" + std::to_string(last) +
                                        "/" + std::to_string(size)}});
}

FetchReply TinyS3::page(Target const& target, Trouble trouble) const {
    auto const field = [&](char const* name) {
        auto const at = target.fields.find(name);
        return at == target.fields.end() ? std::string() : at->second;
    };
    if (field("list-type") != "2") return error(400, "InvalidRequest");
    bool const encoded = encodes_keys && field("encoding-type") == "url";
    auto const prefix = field("prefix");
    // A token is the last key of the page before.
    auto const behind = trouble == Trouble::repeats_page ? "" : field("continuation-token");
    auto const state = state_.lock();
    std::string contents;
    std::string last;
    std::size_t count = 0;
    bool truncated = false;
    for (auto const& [key, body] : state->objects) {
        if (!key.starts_with(prefix) || (!behind.empty() && "t&" + key <= behind)) continue;
        truncated = count == page_size;
        if (truncated) break;
        ++count;
        last = key;
        contents += "<Contents><Key>" + (encoded ? percent_encode(key, "/") : escape(key)) +
                    "</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>" +
                    std::to_string(body.size()) + "</Size><Owner><ID>x</ID></Owner></Contents>";
    }
    auto body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
                "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>" +
                bucket + "</Name><Prefix>" + prefix + "</Prefix><IsTruncated>" +
                (truncated ? "true" : "false") + "</IsTruncated>" + contents;
    if (truncated) body += "<NextContinuationToken>t&amp;" + last + "</NextContinuationToken>";
    if (encoded) body += "<EncodingType>url</EncodingType>";
    body += "</ListBucketResult>";
    if (trouble == Trouble::xml_cut) body.resize(body.size() / 2);
    return reply(200, std::move(body));
}

} // namespace ds::test
