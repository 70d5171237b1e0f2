// Requests that are made up from our own OpenAPI document: nothing they find is undocumented, and
// nothing is a fault of the server.
#include "http/guarded.h"
#include "support/dice.h"
#include "support/text.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <random>
#include <string>
#include <vector>

using namespace ds::test;
using ds::Dice;
using ds::TokenScope;
using nlohmann::json;

namespace {

constexpr int k_requests = 4000;

// What a parameter may be: some of it right, some of it not.
std::string made_up(Dice& dice, json const& schema) {
    auto values =
        between_bars("|0|1|10|-1|now|true|x|%00|%zz|0000000000000000_0000000000000000|"
                     "0000000000000000_0000000000000003|9999999999999999_9999999999999999|"
                     "2030-01-02T03:04:05Z|2001-01-02T03:04:05Z|text/plain|application/json|"
                     "/v1/stream/shop/s1|18446744073709551616|a,b");
    if (schema.contains("enum") && dice.below(3) != 0) {
        auto const& all = schema["enum"];
        return all[dice.below(all.size())];
    }
    return values[dice.below(values.size())];
}

std::string filled_in(Dice& dice, std::string path) {
    std::vector<std::string> const projects{"shop",   "shop", "shop", "other",
                                            "nobody", "%2e",  "a b"};
    std::vector<std::string> const streams{"s1",     "s2",   "s3",  "a/b",
                                           "%2e%2e", "a//b", "%ff", "s%2F1"};
    auto const put = [&](std::string const& what, std::vector<std::string> const& from) {
        if (auto const at = path.find(what); at != std::string::npos)
            path.replace(at, what.size(), from[dice.below(from.size())]);
    };
    put("{project}", projects);
    put("{stream}", streams);
    put("{fingerprint}", {"00000000", "x", ""});
    put("{id}", {"s1", "s2", "a b", "%2e", "x%2Fy"});
    put("{estuary}", {"e1", "e2", "s1", "a b", "..", "e%2F1", "e1"});
    return path;
}

// A request of an operation, with some of its parameters.
struct Made {
    std::string target;
    Headers headers;
    std::string body;
};
Made make(Dice& dice, json const& document, std::string const& path, json const& operation) {
    Made made{filled_in(dice, path), {}, {}};
    std::string separator = "?";
    for (auto const& reference : operation.value("parameters", json::array())) {
        auto const place = reference["$ref"].get<std::string>().substr(1);
        auto const& parameter = document[json::json_pointer(place)];
        if (parameter["in"] == "path" || dice.below(3) != 0) continue;
        auto const value = made_up(dice, parameter["schema"]);
        auto const name = parameter["name"].get<std::string>();
        if (parameter["in"] == "header") {
            made.headers.emplace_back(name, value);
        } else {
            made.target += separator + name + "=" + value;
            separator = "&";
        }
    }
    std::vector<Headers> const tokens{{},
                                      bearer(token(TokenScope::read)),
                                      bearer(token(TokenScope::write)),
                                      bearer(token(TokenScope::manage)),
                                      bearer(token(TokenScope::manage)),
                                      bearer(k_admin),
                                      bearer("no.token.atall")};
    made.headers = with(made.headers, tokens[dice.below(tokens.size())]);
    std::vector<std::string> const bodies{
        "",
        "text",
        "[1,2]",
        R"({"a":1})",
        "{",
        "{}",
        "[]",
        settings(k_shop_secret),
        R"({"estuaryId":"e1"})",
        R"({"estuaryId":"e2","mode":"envelope","notifyAbove":10})",
        R"({"acks":[{"streamId":"s1","offset":"0000000000000000_0000000000000003"}]})"};
    if (operation.contains("requestBody")) made.body = bodies[dice.below(bodies.size())];
    return made;
}

} // namespace

TEST_CASE("openapi: made-up requests meet nothing undocumented, and no fault") {
    Guarded guarded("0.05");
    auto& server = guarded.server();
    auto const served = ask(server, "GET", "/openapi.json");
    REQUIRE(served.status == 200);
    auto const document = json::parse(served.body);
    std::vector<std::pair<std::string, std::string>> operations; // path, method
    for (auto const& [path, methods] : document["paths"].items())
        for (auto const& [method, operation] : methods.items())
            operations.emplace_back(path, method);

    auto const seed = std::random_device{}();
    MESSAGE("seed ", seed);
    Dice dice(seed);
    int let_in = 0;
    for (int i = 0; i < k_requests; ++i) {
        auto const& [path, method] = operations[dice.below(operations.size())];
        auto const& operation = document["paths"][path][method];
        auto const made = make(dice, document, path, operation);
        std::string name = method;
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
        auto const request_text = request(name, made.target, made.headers, made.body);
        CAPTURE(request_text);
        Wire wire(server.port());
        wire.send(request_text);
        auto const status = wire.reply_head().status;
        CHECK(status < 500);
        CHECK(operation["responses"].contains(std::to_string(status)));
        let_in += status < 400 ? 1 : 0;
        if (method == "delete" && path.starts_with("/v1/config/"))
            guarded.put_settings("shop", settings(k_shop_secret));
    }
    CHECK(let_in > k_requests / 20);
}
