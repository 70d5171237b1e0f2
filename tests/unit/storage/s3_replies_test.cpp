// Promises of storage/s3_replies.
#include "base/encoding.h"
#include "storage/s3_replies.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

Error fault(int status, std::string const& code, std::string const& message = "why") {
    auto const body =
        code.empty() ? std::string("<html>")
                     : "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>";
    return fault_of(read_refusal(FetchReply{status, {}, body}));
}

std::string list_of(std::string const& inside) {
    return "<ListBucketResult>" + inside + "</ListBucketResult>";
}

std::string entry(std::string const& key, std::string const& size = "3",
                  std::string const& date = "2026-01-02T03:04:05.000Z") {
    return "<Contents><Key>" + key + "</Key><Size>" + size + "</Size><LastModified>" + date +
           "</LastModified></Contents>";
}

} // namespace

TEST_CASE("s3 replies: codes and statuses are the faults that they mean") {
    for (char const* code : {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied",
                             "RequestTimeTooSkewed", "Unheard"})
        CHECK(fault(403, code).fault == Fault::invalid);
    CHECK(fault(404, "NoSuchBucket").fault == Fault::invalid);
    CHECK(fault(404, "").fault == Fault::invalid);
    CHECK(fault(401, "").fault == Fault::invalid);
    CHECK(fault(301, "PermanentRedirect").fault == Fault::invalid);
    CHECK(fault(302, "").fault == Fault::invalid);
    CHECK(fault(400, "ExpiredToken").fault == Fault::invalid);
    CHECK(fault(400, "").fault == Fault::invalid);
    CHECK(fault(400, "RequestTimeout").fault == Fault::io);
    CHECK(fault(408, "").fault == Fault::io);
    CHECK(fault(429, "").fault == Fault::busy);
    CHECK(fault(503, "SlowDown").fault == Fault::busy);
    CHECK(fault(503, "").fault == Fault::busy);
    CHECK(fault(500, "SlowDown").fault == Fault::busy);
    CHECK(fault(500, "InternalError").fault == Fault::io);
    CHECK(fault(502, "").fault == Fault::io);
    CHECK(fault(507, "").fault == Fault::full);
    CHECK(fault(403, "QuotaExceeded").fault == Fault::full);
    CHECK(fault(206, "").fault == Fault::io);
}

TEST_CASE("s3 replies: a fault says what to do, and repeats the server only when it must") {
    CHECK(fault(403, "SignatureDoesNotMatch").what ==
          "403 SignatureDoesNotMatch: the secret key does not belong to the access key; check "
          "--store-secret-key (DS_STORE_SECRET_KEY)");
    CHECK(fault(403, "Unheard", "of").what ==
          "403 Unheard: the store refuses the credentials; check them (of)");
    CHECK(fault(500, "").what == "500: the store failed");
    CHECK(fault(418, "Teapot", std::string(10'000, 'x')).what.size() < 400);
}

TEST_CASE("s3 replies: a page of keys is read as it was written") {
    auto const page =
        read_page(list_of("<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>" +
                          entry("a%2Fb%3D", "12") + entry("c/d") +
                          "<NextContinuationToken>1/&amp;x%20=</NextContinuationToken>"));
    REQUIRE(page);
    REQUIRE(page->entries.size() == 2);
    CHECK(page->entries[0].key == "a/b=");
    CHECK(page->entries[0].bytes == 12);
    CHECK(from_count_ms(page->entries[0].modified_ms) == *parse_rfc3339("2026-01-02T03:04:05Z"));
    CHECK(page->entries[1].key == "c/d");
    CHECK(page->next == "1/&x%20=");
    auto const plain = read_page(list_of("<IsTruncated>false</IsTruncated>" + entry("a%2Fb&lt;")));
    REQUIRE(plain);
    CHECK(plain->entries.at(0).key == "a%2Fb<");
    CHECK(plain->next.empty());
    CHECK(read_page(list_of("<IsTruncated>false</IsTruncated>"))->entries.empty());
}

TEST_CASE("s3 replies: half a page is a fault") {
    std::string const whole = "<IsTruncated>false</IsTruncated>";
    for (auto const& bad :
         {std::string("<html/>"), std::string(), list_of(""), list_of(entry("a")),
          list_of("<IsTruncated>true</IsTruncated>" + entry("a")), list_of(whole + entry("")),
          list_of(whole + entry("a", "")), list_of(whole + entry("a", "-1")),
          list_of(whole + entry("a", "1", "yesterday")),
          list_of(whole + "<EncodingType>url</EncodingType>" + entry("a%2")),
          list_of(whole + "<Contents><Size>1</Size></Contents>")}) {
        CAPTURE(bad);
        auto const page = read_page(bad);
        REQUIRE_FALSE(page);
        CHECK(page.error().fault == Fault::io);
    }
}

TEST_CASE("s3 replies: of XML, what an S3 server may write is read") {
    auto const page = read_page(
        " \n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a > b -->\n"
        "<ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/' a = \"1/>\" >\n"
        "<IsTruncated>false</IsTruncated><CommonPrefixes/><!-- <Contents> -->"
        "<Contents ><Key>a&#x42;&#xe9;<!-- - -->&#x20AC;&#x1f600;&quot;&apos;&gt;</Key >"
        "<Owner><Key>b</Key></Owner><Key>c</Key><Size>3</Size>"
        "<LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>"
        "</ListBucketResult>\n<!-- end -->\n");
    REQUIRE(page);
    REQUIRE(page->entries.size() == 1);
    CHECK(page->entries[0].key == "aB\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"'>");
    CHECK(read_page("\xef\xbb\xbf" + list_of("<IsTruncated>false</IsTruncated>")));
}

TEST_CASE("s3 replies: XML that is not well-formed is a fault, wherever it is cut") {
    std::string const whole = "<?xml version=\"1.0\"?><ListBucketResult a=\"b\"><!-- y -->"
                              "<IsTruncated>false</IsTruncated><d/>&amp;</ListBucketResult>";
    REQUIRE(read_page(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(read_page(whole.substr(0, size)));
    }
    CHECK_FALSE(read_page(whole + whole));
    CHECK_FALSE(read_page(whole + "x"));
    CHECK_FALSE(read_page("text"));
    for (char const* bad :
         {"<a></b>", "<a b></a>", "<a b=1/>", "<a b='1/>", "< a/>", "</a>", "<a>", "<a / >", "&",
          "&;", "&no;", "&#;", "&#x;", "&#0;", "&#xd800;", "&#x110000;", "&#-1;", "&#1 ;", "&lt"}) {
        CAPTURE(bad);
        auto const page = read_page(list_of("<IsTruncated>false</IsTruncated>" + std::string(bad)));
        REQUIRE_FALSE(page);
        CHECK(page.error().fault == Fault::io);
    }
}

TEST_CASE("s3 replies: bytes that are no UTF-8 are a fault, whatever the reply says of itself") {
    auto const inside = "<IsTruncated>false</IsTruncated>" + entry("caf\xe9");
    CHECK_FALSE(read_page(list_of(inside)));
    CHECK_FALSE(read_page("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + list_of(inside)));
}

TEST_CASE("s3 replies: a document type is refused, and with it every entity") {
    auto const whole = list_of("<IsTruncated>false</IsTruncated>");
    REQUIRE(read_page(whole));
    CHECK_FALSE(read_page("<!DOCTYPE ListBucketResult>" + whole));
    CHECK_FALSE(read_page("<!DOCTYPE ListBucketResult [<!ENTITY a 'x'>]>" +
                          list_of("<IsTruncated>false</IsTruncated>&a;")));
    CHECK_FALSE(read_page("<!DOCTYPE r SYSTEM \"file:///etc/passwd\">" + whole));
    std::string bomb = "<!DOCTYPE r [<!ENTITY a0 'aaaaaaaaaaaaaaaa'>";
    for (int i = 1; i < 30; ++i)
        bomb += "<!ENTITY a" + std::to_string(i) + " '&a" + std::to_string(i - 1) + ";&a" +
                std::to_string(i - 1) + ";'>";
    CHECK_FALSE(read_page(bomb + "]>" + list_of("<IsTruncated>false</IsTruncated>&a29;")));
    CHECK(read_refusal({500, {}, "<!DOCTYPE Error><Error><Code>SlowDown</Code></Error>"})
              .code.empty());
}

TEST_CASE("s3 replies: depth, elements and bytes of a reply are bounded") {
    std::string const whole = "<IsTruncated>false</IsTruncated>";
    auto const nested = [&](std::size_t depth, std::string const& innermost = {}) {
        std::string text = whole;
        for (std::size_t i = 0; i < depth; ++i)
            text += "<a>";
        text += innermost;
        for (std::size_t i = 0; i < depth; ++i)
            text += "</a>";
        return list_of(text);
    };
    CHECK(read_page(nested(10)));
    CHECK_FALSE(read_page(nested(15, "<a/>")));
    CHECK_FALSE(read_page(nested(20)));
    CHECK_FALSE(read_page(nested(100'000)));
    std::string many;
    for (int i = 0; i < 200'000; ++i)
        many += "<a/>";
    CHECK_FALSE(read_page(list_of(whole + many)));
    std::string const large(std::size_t{17} << 20, 'x');
    CHECK_FALSE(read_page(list_of(whole + "<a>" + large + "</a>")));
}

TEST_CASE("s3 replies: Content-Range is read strictly") {
    auto const some = parse_content_range("bytes 2-5/10");
    REQUIRE(some);
    CHECK(some->range.offset == 2);
    CHECK(some->range.count == 4);
    CHECK(some->object_bytes == 10);
    CHECK(parse_content_range("bytes */10")->object_bytes == 10);
    for (char const* bad :
         {"", "bytes", "bytes 2-5", "bytes 2-5/", "bytes 2-5/*", "bytes 5-2/10", "bytes 2-10/10",
          "bytes -5/10", "2-5/10", "bytes 2-5/10 ", "bytes 02-5/10"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_content_range(bad));
    }
}

TEST_CASE("s3 replies: dates of HTTP are read") {
    CHECK(parse_http_date("Fri, 24 May 2013 01:02:03 GMT") ==
          parse_rfc3339("2013-05-24T01:02:03Z"));
    CHECK(parse_http_date("Thu, 31 Dec 2026 23:59:59 GMT") ==
          parse_rfc3339("2026-12-31T23:59:59Z"));
    CHECK(parse_http_date("Thu, 01 Jan 2026 00:00:00 GMT") ==
          parse_rfc3339("2026-01-01T00:00:00Z"));
    for (char const* bad : {"", "Fri, 24 May 2013 01:02:03 CET", "Fri, 24 ayJ 2013 01:02:03 GMT",
                            "Fri, 32 May 2013 01:02:03 GMT", "Friday, 24-May-13 01:02:03 GMT"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_http_date(bad));
    }
}
