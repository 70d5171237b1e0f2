// The OpenAPI document tells all that the sources can answer.
#include "frontends/streams/openapi.h"
#include "unit/source_root.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

using namespace ds;

namespace {

std::string content_of(std::filesystem::path const& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// Every text in quotes.
std::set<std::string> quoted_in(std::string const& text) {
    std::set<std::string> found;
    for (std::size_t at = text.find('"'); at != std::string::npos; at = text.find('"', at + 1)) {
        auto const end = text.find('"', at + 1);
        if (end == std::string::npos) break;
        found.insert(text.substr(at + 1, end - at - 1));
        at = end;
    }
    return found;
}

bool looks_like_a_code(std::string const& text) {
    return text.size() > 4 &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos;
}

// What looks like an error code in the sources, but for the tables themselves.
std::set<std::string> codes_in_sources() {
    std::set<std::string> found;
    for (auto const* folder : {"lib/http", "lib/frontends/streams"})
        for (auto const& entry :
             std::filesystem::directory_iterator(test::source_root() / folder)) {
            if (entry.path().extension() != ".cpp" || entry.path().stem() == "openapi_tables")
                continue;
            for (auto const& text : quoted_in(content_of(entry.path())))
                if (looks_like_a_code(text) && text.find('_') != std::string::npos)
                    found.insert(text);
        }
    return found;
}

nlohmann::json document() {
    return nlohmann::json::parse(streams::openapi_document(streams::route_table()).view());
}

} // namespace

TEST_CASE("openapi: every error code of the sources is in the document, and no other") {
    auto const stated = codes_in_sources();
    std::set<std::string> told;
    auto const all = document();
    for (auto const& [status, response] : all["components"]["responses"].items())
        for (auto const& code :
             response["content"]["application/json"]["schema"]["properties"]["code"]["enum"])
            told.insert(code);
    REQUIRE(stated.size() > 40);
    for (auto const& code : stated) {
        CAPTURE(code);
        CHECK(told.contains(code));
    }
    for (auto const& code : told) {
        CAPTURE(code);
        CHECK((stated.contains(code) || code == "FORBIDDEN" || code == "UNAUTHORIZED" ||
               code == "BUSY" || code == "DRAINING" || code == "FENCED"));
    }
}

TEST_CASE("openapi: every header of the protocol and every query parameter is in the document") {
    auto const headers = content_of(test::source_root() / "lib/protocol/headers.h");
    auto const whole = std::string(streams::openapi_document(streams::route_table()).view());
    std::size_t const before = std::string_view("inline constexpr std::string_view").size();
    std::istringstream lines(headers);
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("inline constexpr std::string_view")) continue;
        for (auto const& name : quoted_in(line.substr(before, line.find(';') - before))) {
            CAPTURE(name);
            CHECK(whole.find("\"" + name + "\"") != std::string::npos);
            ++count;
        }
    }
    CHECK(count > 20);
}

TEST_CASE("openapi: references lead somewhere, and operations have names of their own") {
    auto const all = document();
    CHECK(all["openapi"] == "3.1.0");
    auto const whole = std::string(streams::openapi_document(streams::route_table()).view());
    int references = 0;
    for (auto const& text : quoted_in(whole))
        if (text.starts_with("#/")) {
            CAPTURE(text);
            CHECK(all.contains(nlohmann::json::json_pointer(text.substr(1))));
            ++references;
        }
    CHECK(references > 40);
    std::set<std::string> ids;
    std::size_t operations = 0;
    for (auto const& [path, methods] : all["paths"].items())
        for (auto const& [method, operation] : methods.items()) {
            ids.insert(operation["operationId"]);
            ++operations;
        }
    CHECK(ids.size() == operations);
    CHECK(operations == streams::route_table().rows().size());
}
