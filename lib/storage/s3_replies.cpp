// The meaning of codes and statuses, pages of keys, ranges and dates.
#include "storage/s3_replies.h"

#include "base/encoding.h"
#include "storage/xml.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ds {

namespace {

struct Meaning {
    std::string_view code;
    Fault fault;
    std::string_view advice;
};

constexpr std::array k_meanings{
    Meaning{"NoSuchBucket", Fault::invalid,
            "there is no bucket of that name; create it, or correct --store"},
    Meaning{"InvalidBucketName", Fault::invalid,
            "that is no name of a bucket for this store; correct --store"},
    Meaning{"InvalidAccessKeyId", Fault::invalid,
            "the store does not know the access key; check --store-access-key "
            "(DS_STORE_ACCESS_KEY)"},
    Meaning{"SignatureDoesNotMatch", Fault::invalid,
            "the secret key does not belong to the access key; check --store-secret-key "
            "(DS_STORE_SECRET_KEY)"},
    Meaning{"AccessDenied", Fault::invalid,
            "the access key may not do this; let it read, write, delete and list in the bucket"},
    Meaning{"ExpiredToken", Fault::invalid, "the session token has expired; get new credentials"},
    Meaning{"InvalidToken", Fault::invalid, "the session token is not valid; get new credentials"},
    Meaning{"AuthorizationHeaderMalformed", Fault::invalid,
            "the store expects another region; set --store-region"},
    Meaning{"PermanentRedirect", Fault::invalid,
            "the bucket is elsewhere; check --store-endpoint and --store-region"},
    Meaning{"TemporaryRedirect", Fault::invalid,
            "the bucket is elsewhere; check --store-endpoint and --store-region"},
    Meaning{"EntityTooLarge", Fault::invalid, "the store takes no objects of that size"},
    Meaning{"SlowDown", Fault::busy, "the store asks for fewer requests"},
    Meaning{"TooManyRequests", Fault::busy, "the store asks for fewer requests"},
    Meaning{"RequestLimitExceeded", Fault::busy, "the store asks for fewer requests"},
    Meaning{"ServiceUnavailable", Fault::busy, "the store asks to come back later"},
    Meaning{"OperationAborted", Fault::busy, "another change of the object is on its way"},
    Meaning{"ConditionalRequestConflict", Fault::busy,
            "another change of the object is on its way"},
    Meaning{"RequestTimeout", Fault::io, "the request arrived too slowly"},
    Meaning{"IncompleteBody", Fault::io, "the request did not arrive whole"},
    Meaning{"BadDigest", Fault::io, "the request did not arrive as it was sent"},
    Meaning{"XAmzContentSHA256Mismatch", Fault::io, "the request did not arrive as it was sent"},
    Meaning{"InternalError", Fault::io, "the store failed"},
    Meaning{"QuotaExceeded", Fault::full, "the quota of the bucket is used up; raise it"},
    Meaning{"XMinioStorageFull", Fault::full, "no space is left in the store"},
};

Meaning meaning_of(int status) {
    switch (status) {
    case 401:
    case 403: return {"", Fault::invalid, "the store refuses the credentials; check them"};
    case 404:
        return {"", Fault::invalid, "this does not look like an S3 server; check --store-endpoint"};
    case 409: return {"", Fault::busy, "another change of the object is on its way"};
    case 408: return {"", Fault::io, "the request arrived too slowly"};
    case 425:
    case 429: return {"", Fault::busy, "the store asks for fewer requests"};
    case 503: return {"", Fault::busy, "the store asks to come back later"};
    case 507: return {"", Fault::full, "no space is left in the store"};
    default: break;
    }
    if (status >= 500) return {"", Fault::io, "the store failed"};
    if (status >= 400) return {"", Fault::invalid, "the store refuses the request"};
    if (status >= 300)
        return {"", Fault::invalid,
                "the bucket is elsewhere; check --store-endpoint and --store-region"};
    return {"", Fault::io, "that is no answer to what was asked"};
}

constexpr std::size_t k_message_max = 200;

Error unreadable(std::string const& what) {
    return Error{Fault::io, "the list of objects " + what};
}

Result<ObjectEntry> read_entry(XmlElement const& contents, bool encoded) {
    auto const text = contents.text_of("Key");
    auto key = encoded ? percent_decode(text) : std::optional<std::string>(text);
    auto const bytes = parse_decimal(contents.text_of("Size"));
    auto const modified = parse_rfc3339(contents.text_of("LastModified"));
    if (!key || key->empty() || !bytes || !modified)
        return unreadable("has an entry without key, size or date");
    return ObjectEntry{*std::move(key), *bytes, count_ms(*modified)};
}

// Takes the text before `mark`, and the mark, off the front.
std::optional<std::string_view> take_before(std::string_view& text, char mark) {
    auto const at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    auto const before = text.substr(0, at);
    text.remove_prefix(at + 1);
    return before;
}

} // namespace

S3Refusal read_refusal(FetchReply const& reply) {
    S3Refusal refusal;
    refusal.status = reply.status;
    auto const body = parse_xml(reply.body);
    if (!body || body->name != "Error") return refusal;
    refusal.code = body->text_of("Code");
    refusal.message = body->text_of("Message");
    refusal.object_bytes = parse_decimal(body->text_of("ActualObjectSize"));
    return refusal;
}

Error fault_of(S3Refusal const& refusal) {
    auto const* const known =
        std::find_if(k_meanings.begin(), k_meanings.end(),
                     [&](Meaning const& meaning) { return meaning.code == refusal.code; });
    bool const is_known = known != k_meanings.end();
    auto const meaning = is_known ? *known : meaning_of(refusal.status);
    auto what = std::to_string(refusal.status);
    if (!refusal.code.empty()) what.append(" ").append(refusal.code.substr(0, k_message_max));
    what.append(": ").append(meaning.advice);
    if (!is_known && !refusal.message.empty())
        what.append(" (").append(refusal.message.substr(0, k_message_max)).append(")");
    return Error{meaning.fault, std::move(what)};
}

Result<S3Page> read_page(std::string_view body) {
    auto const root = TRY(parse_xml(body));
    if (root.name != "ListBucketResult") return unreadable("is none");
    bool const encoded = root.text_of("EncodingType") == "url";
    S3Page page;
    for (auto const& child : root.children)
        if (child.name == "Contents") page.entries.push_back(TRY(read_entry(child, encoded)));
    auto const truncated = root.text_of("IsTruncated");
    if (truncated != "true" && truncated != "false")
        return unreadable("does not say whether it is whole");
    if (truncated == "true") page.next = root.text_of("NextContinuationToken");
    if (truncated == "true" && page.next.empty())
        return unreadable("does not say where it goes on");
    return page;
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
    constexpr std::string_view k_unit = "bytes ";
    if (!text.starts_with(k_unit)) return std::nullopt;
    text.remove_prefix(k_unit.size());
    auto range = take_before(text, '/');
    auto const whole = parse_decimal(text);
    if (!range || !whole) return std::nullopt;
    if (*range == "*") return ContentRange{{}, *whole};
    auto const first_text = take_before(*range, '-');
    if (!first_text) return std::nullopt;
    auto const first = parse_decimal(*first_text);
    auto const last = parse_decimal(*range);
    if (!first || !last || *first > *last || *last >= *whole) return std::nullopt;
    return ContentRange{{*first, *last - *first + 1}, *whole};
}

std::optional<Millis> parse_http_date(std::string_view text) {
    constexpr std::string_view k_months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    constexpr std::size_t k_size = std::string_view("Fri, 24 May 2013 00:00:00 GMT").size();
    if (text.size() != k_size || !text.ends_with(" GMT")) return std::nullopt;
    auto const month = k_months.find(text.substr(8, 3));
    if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
    auto const number = std::to_string(101 + month / 3); // "101" for January
    std::string instant(text.substr(12, 4));
    instant.append("-").append(number, 1).append("-").append(text.substr(5, 2));
    instant.append("T").append(text.substr(17, 8)).append("Z");
    return parse_rfc3339(instant);
}

} // namespace ds
