// Promises of storage/sigv4, by the examples that AWS publishes.
#include "base/crypto.h"
#include "base/encoding.h"
#include "storage/sigv4.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

// The examples of the S3 documentation.
std::string s3_signature(Signable request, std::string_view payload = "") {
    Credentials const credentials{
        "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {}};
    auto const time = *parse_rfc3339("2013-05-24T00:00:00Z");
    request.payload_hash = hex_encode(sha256(payload));
    request.headers.add("Host", "examplebucket.s3.amazonaws.com");
    request.headers.add("x-amz-content-sha256", request.payload_hash);
    request.headers.add("x-amz-date", amz_date(time));
    auto const header = authorization(request, credentials, time, "us-east-1");
    CHECK(header.starts_with("AWS4-HMAC-SHA256 "
                             "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                             "SignedHeaders="));
    return header.substr(header.rfind('=') + 1);
}

// The test suite of Signature Version 4.
std::string suite_signature(Signable request) {
    Credentials const credentials{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", {}};
    auto const time = *parse_rfc3339("2015-08-30T12:36:00Z");
    request.payload_hash = hex_encode(sha256(""));
    request.headers.add("Host", "example.amazonaws.com");
    request.headers.add("X-Amz-Date", amz_date(time));
    auto const header = authorization(request, credentials, time, "us-east-1", "service");
    return header.substr(header.rfind('=') + 1);
}

} // namespace

TEST_CASE("sigv4: the examples of the S3 documentation come out as published") {
    CHECK(s3_signature({"GET", "/test.txt", {}, {{"Range", "bytes=0-9"}}, {}}) ==
          "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    CHECK(s3_signature({"PUT",
                        "/test$file.text",
                        {},
                        {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                         {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                        {}},
                       "Welcome to Amazon S3.") ==
          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    CHECK(s3_signature({"GET", "/", {{"lifecycle", ""}}, {}, {}}) ==
          "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    CHECK(s3_signature({"GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, {}}) ==
          "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("sigv4: examples of the test suite come out as published") {
    CHECK(suite_signature({"GET", "/", {}, {}, {}}) ==
          "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    CHECK(suite_signature({"POST", "/", {}, {}, {}}) ==
          "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
    CHECK(suite_signature({"GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}}, {}, {}}) ==
          "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
    CHECK(suite_signature({"GET",
                           "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                           {},
                           {},
                           {}}) ==
          "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f");
    CHECK(suite_signature({"GET", "/\u1234", {}, {}, {}}) ==
          "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
    CHECK(
        suite_signature(
            {"GET", "/", {}, {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}, {}}) ==
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

TEST_CASE("sigv4: dates, paths and queries are written as they are signed") {
    CHECK(amz_date(*parse_rfc3339("2013-05-24T01:02:03.999Z")) == "20130524T010203Z");
    CHECK(encoded_path("/a b/c=d/\xc3\xa9") == "/a%20b/c%3Dd/%C3%A9");
    CHECK(encoded_query({{"b", "1/2"}, {"a", ""}, {"a", "+"}, {"A", "x"}}) ==
          "A=x&a=&a=%2B&b=1%2F2");
}

TEST_CASE("sigv4: equal headers are signed as one") {
    auto const one = suite_signature({"GET", "/", {}, {{"My", "a"}, {"my", "b  c"}}, {}});
    CHECK(one == suite_signature({"GET", "/", {}, {{"MY", "a,b c"}}, {}}));
}
