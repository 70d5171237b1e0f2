// Settings and the registry: what is kept, what is refused, and that refusals never tell a secret.
#include "auth/project.h"
#include "auth/projects.h"
#include "support/sure.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace ds;

namespace {

ProjectSettings with_secret(std::string const& secret) {
    ProjectSettings settings;
    settings.signing_secrets = {secret};
    return settings;
}

StreamName shop_stream(std::string_view stream) {
    auto name = test::sure(make_stream_name("shop", stream));
    return *name;
}

constexpr Millis k_now{std::chrono::milliseconds(1'800'000'000'000)};

} // namespace

TEST_CASE("project: settings come back as they were written") {
    ProjectSettings settings;
    settings.signing_secrets = {"0123456789abcdef", "fedcba9876543210"};
    settings.cors_origins = {"https://a.example", "http://localhost:3000"};
    settings.is_public = settings.cache_private = settings.query_token = settings.cookie_token =
        true;
    auto const read = test::sure(parse_settings(write_settings(settings, Secrets::shown)));
    CHECK(*read == settings);
    CHECK(write_settings(settings, Secrets::hidden).find("0123456789abcdef") == std::string::npos);
}

TEST_CASE("project: what is wrong is named, and no secret is told") {
    for (auto const* text :
         {"", "[]", "7", "{", R"({"signingSecrets":[]})", R"({"signingSecrets":"TELLNOT"})",
          R"({"signingSecrets":["TELLNOT"]})", R"({"signingSecrets":[7]})", R"({})",
          R"({"signingSecrets":["0123456789abcdefTELLNOT"],"corsOrigins":["a.example"]})",
          R"({"signingSecrets":["0123456789abcdefTELLNOT"],"corsOrigins":["https://a.example/x"]})",
          R"({"signingSecrets":["0123456789abcdefTELLNOT"],"isPublic":"yes"})",
          R"({"signingSecrets":["0123456789abcdefTELLNOT"],"cacheMode":"none"})",
          R"({"signingSecrets":["0123456789abcdefTELLNOT"],"TELLNOT":1})"}) {
        CAPTURE(text);
        auto const read = parse_settings(text);
        REQUIRE(!read);
        CHECK(read.error().fault == Fault::invalid);
        CHECK(read.error().what.find("TELLNOT") == std::string::npos);
    }
}

TEST_CASE("project: records of the reference system are taken in") {
    auto const legacy =
        test::sure(import_settings(R"({"signingSecret":"x","isPublic":true,"other":1})"));
    CHECK(legacy->signing_secrets == std::vector<std::string>{"x"});
    CHECK(legacy->is_public);
    auto const newer =
        test::sure(import_settings(R"({"signingSecrets":["a","b"],"corsOrigins":["*"]})"));
    CHECK(newer->signing_secrets.size() == 2);
}

TEST_CASE("projects: changes are seen at once, and by who comes after") {
    TempDir const data;
    auto projects = test::sure(Projects::open(data.path()));
    auto const before = (*projects)->version();
    REQUIRE((*projects)->create("shop", with_secret("0123456789abcdef"), k_now));
    CHECK((*projects)->version() != before);
    CHECK((*projects)->directory()->find("shop") != nullptr);
    CHECK((*projects)->create("shop", with_secret("another secret..."), k_now).error().fault ==
          Fault::busy);
    CHECK(!(*projects)->create("no/name", with_secret("0123456789abcdef"), k_now));
    CHECK(!(*projects)->create("__ds", with_secret("0123456789abcdef"), k_now));

    auto const refused = (*projects)->change("shop", [](ProjectSettings& settings) -> Result<void> {
        settings.is_public = true;
        return Error{Fault::invalid, "no"};
    });
    CHECK(!refused);
    CHECK(!(*projects)->directory()->find("shop")->settings.is_public);
    REQUIRE((*projects)->change("shop", [](ProjectSettings& settings) -> Result<void> {
        settings.is_public = true;
        return {};
    }));

    auto const again = test::sure(Projects::open(data.path()));
    auto const* const kept = (*again)->directory()->find("shop");
    REQUIRE(kept != nullptr);
    CHECK(kept->settings.is_public);
    CHECK(kept->settings.signing_secrets == std::vector<std::string>{"0123456789abcdef"});
    CHECK(kept->created == k_now);
    REQUIRE((*again)->remove("shop"));
    CHECK((*again)->remove("shop").error().fault == Fault::missing);
    CHECK((*again)->directory()->find("shop") == nullptr);
}

TEST_CASE("projects: the file is for its owner alone") {
    TempDir const data;
    REQUIRE(Projects::open(data.path()));
    struct stat status {};
    REQUIRE(::stat((std::string(data.path()) + "/projects.db").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("projects: reader keys differ by stream, life and change, and stay otherwise") {
    TempDir const data;
    std::string first;
    std::string changed;
    {
        auto projects = test::sure(Projects::open(data.path()));
        auto const key = [&](std::string_view stream, std::int64_t id) {
            return (*projects)->reader_key(*(*projects)->directory(), shop_stream(stream), id);
        };
        first = key("a", 1);
        CHECK(first.size() == 3 + 32);
        CHECK(first.starts_with("rk_"));
        CHECK(key("a", 1) == first);
        CHECK(key("a", 2) != first);
        CHECK(key("b", 1) != first);
        REQUIRE((*projects)->change_reader_key(shop_stream("a")));
        changed = key("a", 1);
        CHECK(changed != first);
    }
    auto projects = test::sure(Projects::open(data.path()));
    CHECK((*projects)->reader_key(*(*projects)->directory(), shop_stream("a"), 1) == changed);
}

TEST_CASE("projects: a directory that had one remembers, whatever is lost afterwards") {
    TempDir folder;
    std::vector<std::string> news;
    {
        auto projects = test::sure(Projects::open(folder.path()));
        CHECK_FALSE((*projects)->directory()->had_any);
        (*projects)->on_news([&](std::string_view name, Projects::News what) {
            news.push_back(std::string(name) + (what == Projects::News::first     ? " first"
                                                : what == Projects::News::created ? " made"
                                                                                  : " removed"));
        });
        REQUIRE((*projects)->create("shop", with_secret("0123456789abcdef"), k_now));
        REQUIRE((*projects)->put("shop", with_secret("0123456789abcdeg"), k_now));
        REQUIRE((*projects)->put("mill", with_secret("0123456789abcdef"), k_now));
        REQUIRE((*projects)->remove("shop"));
        REQUIRE((*projects)->remove("mill"));
        CHECK((*projects)->directory()->had_any);
    }
    CHECK(news ==
          std::vector<std::string>{"shop first", "mill made", "shop removed", "mill removed"});
    for (char const* const end : {"", "-wal", "-shm"})
        std::filesystem::remove(folder.path() + "/projects.db" + end);
    auto const again = test::sure(Projects::open(folder.path()));
    CHECK((*again)->directory()->projects.empty());
    CHECK((*again)->directory()->had_any);
}
