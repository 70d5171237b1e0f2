// Promises of storage/store_location: which settings mean which store, and what is said of others.
#include "fakes/manual_clock.h"
#include "fakes/scripted_fetch.h"
#include "fakes/tiny_s3.h"
#include "storage/store_location.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

StoreSettings s3(std::string where = "s3://shelf") {
    StoreSettings settings;
    settings.where = std::move(where);
    settings.endpoint = "http://tiny.test:9000";
    settings.access_key = "TINYACCESS";
    settings.secret_key = "tiny/secret+key";
    return settings;
}

// Where the store is, or what is said instead.
std::string opened(StoreSettings const& settings) {
    test::ManualClock const clock;
    test::ScriptedFetch fetch({});
    auto const store = open_store(settings, fetch, clock);
    if (store) return (*store)->where();
    CHECK(store.error().fault == Fault::invalid);
    CHECK(store.error().what.find(settings.secret_key) == std::string::npos);
    return store.error().what;
}

bool refuses(StoreSettings const& settings, std::string const& text) {
    auto const what = opened(settings);
    if (what.find(text) == std::string::npos) MESSAGE(what);
    return what.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("store location: a folder is a directory store") {
    TempDir const home;
    StoreSettings settings;
    settings.where = home.path() + "/objects/";
    settings.secret_key = "(none)";
    CHECK(opened(settings) == home.path() + "/objects");
}

TEST_CASE("store location: buckets, prefixes and endpoints are taken as they are meant") {
    CHECK(opened(s3()) == "s3://shelf at http://tiny.test:9000");
    CHECK(opened(s3("s3://shelf/")) == "s3://shelf at http://tiny.test:9000");
    CHECK(opened(s3("s3://shelf/a/b.c/")) == "s3://shelf/a/b.c at http://tiny.test:9000");
    CHECK(opened(s3("s3://shelf/" + std::string(k_store_prefix_max - 1, 'p'))).starts_with("s3:"));
    auto settings = s3();
    for (auto const& [given, meant] : std::vector<std::pair<std::string, std::string>>{
             {"HTTPS://Account.R2.example/", "https://account.r2.example"},
             {"https://host:443", "https://host"},
             {"http://host:80//", "http://host"},
             {"https://host:80", "https://host:80"},
             {"http://[::1]:9000", "http://[::1]:9000"},
             {"https://host/storage/v1/s3/", "https://host/storage/v1/s3"}}) {
        settings.endpoint = given;
        CHECK(opened(settings) == "s3://shelf at " + meant);
    }
    settings.endpoint.clear();
    settings.region = "eu-central-1";
    CHECK(opened(settings) == "s3://shelf at https://s3.eu-central-1.amazonaws.com");
}

TEST_CASE("store location: what is wrong is named, with what to do") {
    CHECK(refuses(s3(""), "--store is empty"));
    CHECK(refuses(s3("gs://shelf"), "no store of the kind gs://"));
    CHECK(refuses(s3("dir:/x"), "no store of the kind dir:"));
    CHECK(refuses(s3("s3:shelf"), "no store of the kind s3:"));
    CHECK(check_store_kind("./dir:x"));
    CHECK(check_store_kind("/mnt/a:b"));
    CHECK(check_store_kind("cold"));
    for (char const* bucket : {"", "/a", "ab", "Shelf", "she_lf", "-shelf", "shelf-", "she..lf"})
        CHECK(refuses(s3("s3://" + std::string(bucket)), "name of a bucket"));
    for (char const* prefix : {"/", "a//b", "../a", "a b", "a~", "/a"})
        CHECK(refuses(s3("s3://shelf/" + std::string(prefix)),
                      prefix == std::string("/") ? "prefix" : "cannot be a prefix"));
    CHECK(refuses(s3("s3://shelf/" + std::string(k_store_prefix_max, 'p')), "may have 122"));
    auto settings = s3();
    settings.endpoint.clear();
    CHECK(refuses(settings, "--store-endpoint"));
    for (char const* endpoint :
         {"tiny.test", "ftp://tiny.test", "https://", "https://:80", "https://a b", "https://a?b",
          "https://a/b?c", "https://a/../b", "https://a\nb"}) {
        settings.endpoint = endpoint;
        CHECK(refuses(settings, "cannot be an endpoint"));
    }
    settings.endpoint = "https://user:tiny/secret+key@host";
    CHECK(refuses(settings, "cannot be an endpoint"));
    settings = s3();
    settings.region = "us east";
    CHECK(refuses(settings, "--store-region"));
}

TEST_CASE("store location: missing and broken credentials are named by flag and variable") {
    auto settings = s3();
    settings.access_key.clear();
    CHECK(refuses(settings, "the store needs --store-access-key (or the variable "
                            "DS_STORE_ACCESS_KEY or AWS_ACCESS_KEY_ID)"));
    settings = s3();
    settings.secret_key = "secret\n";
    CHECK(refuses(settings, "DS_STORE_SECRET_KEY"));
    settings = s3();
    settings.session_token = "to ken";
    CHECK(refuses(settings, "AWS_SESSION_TOKEN"));
}

TEST_CASE("store location: numbers have bounds") {
    auto settings = s3();
    settings.timeout = {};
    CHECK(refuses(settings, "time limit"));
    settings = s3();
    settings.concurrency = 0;
    CHECK(refuses(settings, "concurrency"));
    settings = s3();
    settings.tries = 0;
    CHECK(refuses(settings, "tries"));
}

TEST_CASE("store location: a bucket's store tries again, under its prefix") {
    test::ManualClock const clock;
    test::TinyS3 server(clock);
    auto settings = s3("s3://shelf/deep/er");
    settings.tries = 2;
    auto const store = open_store(settings, server, clock);
    REQUIRE(store);
    (*store)->stop(); // no waiting here
    server.set_trouble(test::Trouble::slow_down);
    CHECK((*store)->put("k", "x", "text/plain").error().fault == Fault::busy);
    REQUIRE((*store)->put("k", "x", "text/plain"));
    CHECK(server.objects().contains("deep/er/k"));
}
