// The meaning of codes and statuses, pages of keys, ranges and dates.
#include "storage/s3_replies.h"

#include "base/encoding.h"

#include <expat.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

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

// The largest reply is a list of a thousand keys, each an element with a dozen elements in it: a
// reply beyond these bounds costs memory and says nothing.
constexpr std::size_t k_document_bytes_max = std::size_t{16} << 20;
constexpr std::size_t k_document_elements_max = 100'000;
constexpr std::size_t k_document_depth_max = 16;

struct ReplyElement {
    std::string name;
    std::string text; // its own, without that of the elements in it
    std::vector<ReplyElement> children;

    // The text of the first child of that name; empty when there is none.
    std::string_view text_of(std::string_view child) const {
        auto const found =
            std::ranges::find_if(children, [&](auto const& one) { return one.name == child; });
        return found == children.end() ? std::string_view() : found->text;
    }
};

// Builds a tree of what expat reads; expat checks that the document is well-formed XML in UTF-8.
// A document type ends the reading: entities of any size are declared there, and no reply of S3
// has one.
class ReplyTree {
public:
    // The root of the document. Fault::io for a document that is malformed or beyond the bounds.
    Result<ReplyElement> read(std::string_view document) {
        document.remove_prefix(std::min(document.find_first_not_of(" \t\r\n"), document.size()));
        if (document.size() > k_document_bytes_max)
            return Error{Fault::io, "the answer is too large"};
        if (!parser_) return Error{Fault::io, "out of memory"};
        auto* const parser = parser_.get();
        XML_SetUserData(parser, this);
        XML_SetElementHandler(parser, begin_element, end_element);
        XML_SetCharacterDataHandler(parser, add_text);
        XML_SetStartDoctypeDeclHandler(parser, refuse_doctype);
        auto const size = static_cast<int>(document.size());
        if (XML_Parse(parser, document.data(), size, XML_TRUE) != XML_STATUS_OK)
            return Error{Fault::io, "the answer is no well-formed XML"};
        return std::move(open_.front().children.front());
    }

private:
    static ReplyTree& tree_of(void* user) { return *static_cast<ReplyTree*>(user); }

    static void begin_element(void* user, XML_Char const* name, XML_Char const**) {
        auto& tree = tree_of(user);
        if (++tree.elements_ > k_document_elements_max || tree.open_.size() > k_document_depth_max)
            return tree.stop();
        tree.open_.push_back({name, {}, {}});
    }
    static void end_element(void* user, XML_Char const*) {
        auto& tree = tree_of(user);
        if (tree.stopped_) return; // expat still ends an empty element
        auto ended = std::move(tree.open_.back());
        tree.open_.pop_back();
        tree.open_.back().children.push_back(std::move(ended));
    }
    static void add_text(void* user, XML_Char const* text, int size) {
        tree_of(user).open_.back().text.append(text, static_cast<std::size_t>(size));
    }
    static void refuse_doctype(void* user, XML_Char const*, XML_Char const*, XML_Char const*, int) {
        tree_of(user).stop();
    }
    void stop() {
        stopped_ = true;
        XML_StopParser(parser_.get(), XML_FALSE);
    }

    // UTF-8, whatever the document says of itself; expat also knows UTF-16 by its first bytes.
    std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_{XML_ParserCreate("UTF-8"),
                                                                         XML_ParserFree};
    std::vector<ReplyElement> open_{1}; // the document, then each element that has not ended
    std::size_t elements_ = 0;
    bool stopped_ = false;
};

Error unreadable(std::string const& what) {
    return Error{Fault::io, "the list of objects " + what};
}

Result<ObjectEntry> read_entry(ReplyElement const& contents, bool encoded) {
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
    auto const body = ReplyTree().read(reply.body);
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
    auto const root = TRY(ReplyTree().read(body));
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
