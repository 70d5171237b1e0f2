// Promises of model/envelope: what a subscriber can rely on.
#include "model/envelope.h"
#include "model/estuary.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace ds;
using Document = nlohmann::json;

namespace {

Document enclosed(std::string_view source, std::string_view body, std::uint64_t notify_above = 0) {
    std::vector<std::uint32_t> const none;
    auto const messages = enclose({source, false, body, 1, none, {2, 10}, {2, 99}}, notify_above);
    CHECK(messages.count == 1);
    return Document::parse(messages.stored.view());
}

} // namespace

TEST_CASE("envelope: any bytes are JSON, and come back as they were") {
    std::string all;
    for (int c = 0; c < 0x80; ++c)
        all += static_cast<char>(c);
    CHECK(enclosed("s", all)["payload"] == all);
    CHECK(enclosed("a \"quoted\"/\\name\n", "x")["stream"] == "a \"quoted\"/\\name\n");
    auto const bytes = enclosed("s", "\xc3\x28");
    CHECK(bytes["encoding"] == "base64");
    CHECK(bytes["payload"] == "wyg=");
    CHECK(enclosed("s", "\xc3\xa4").contains("encoding") == false);
}

TEST_CASE("envelope: a large message is notified of") {
    CHECK(enclosed("s", "12345", 5)["type"] == "data");
    auto const notice = enclosed("s", "123456", 5);
    CHECK(notice["type"] == "notify");
    CHECK(notice["offset"] == "0000000000000002_0000000000000099");
    CHECK_FALSE(notice.contains("payload"));
}

TEST_CASE("envelope: each message of an append has one, with the place after it") {
    std::vector<std::uint32_t> const lengths{1, 5, 2};
    auto const numbers = enclose({"s", true, R"(1,"two",33)", 3, lengths, {4, 6}, {5, 0}}, 0);
    auto const of_json = Document::parse("[" + std::string(numbers.stored.view()) + "]");
    REQUIRE(of_json.size() == 3);
    CHECK(of_json[0]["offset"] == "0000000000000004_0000000000000007");
    CHECK(of_json[1]["payload"] == R"("two")");
    CHECK(of_json[2]["payload"] == "33");
    CHECK(of_json[2]["offset"] == "0000000000000005_0000000000000000");
    std::size_t sum = numbers.lengths.size() - 1; // commas
    for (auto const length : numbers.lengths)
        sum += length;
    CHECK(sum == numbers.stored.size());

    auto const lines = enclose({"s", false, "abbbbbcc", 3, lengths, {0, 10}, {0, 18}}, 0);
    auto const of_lines = Document::parse("[" + std::string(lines.stored.view()) + "]");
    CHECK(of_lines[1]["payload"] == "bbbbb");
    CHECK(of_lines[1]["offset"] == "0000000000000000_0000000000000016");
    CHECK(of_lines[2]["offset"] == "0000000000000000_0000000000000018");
}

TEST_CASE("estuary: which names are legal") {
    for (char const* good : {"a", "session-1", "user:7.tab_2"})
        CHECK(is_estuary_id(good));
    for (char const* bad : {"", ".", "..", "a/b", "a b", "\xc3\xa4", "a%2F"})
        CHECK_FALSE(is_estuary_id(bad));
    CHECK(is_estuary_id(std::string(256, 'a')));
    CHECK_FALSE(is_estuary_id(std::string(257, 'a')));
}

TEST_CASE("envelope: what an append becomes has a bound, and beyond it is announced as a whole") {
    auto const of_lines = [](std::size_t count, std::uint64_t notify_above) {
        std::vector<std::uint32_t> const lengths(count, 1);
        return enclose({"s",
                        false,
                        std::string(count, '\n'),
                        static_cast<std::uint32_t>(count),
                        lengths,
                        {0, 0},
                        {0, count}},
                       notify_above);
    };
    auto const said = Document::parse("[" + std::string(of_lines(3, 0).stored.view()) + "]");
    auto const size = of_lines(1'001, 0).stored.size() - of_lines(1'000, 0).stored.size();
    auto const most = k_enclosed_max / size;
    CHECK(said[2]["payload"] == "\n");
    CHECK(of_lines(most, 0).count == most);
    for (auto const count : {most + 1, 8 * k_mib}) {
        auto const all = of_lines(count, 0);
        CHECK(all.count == 1);
        CHECK(all.lengths.empty());
        auto const notice = Document::parse(all.stored.view());
        CHECK(notice ==
              Document{{"stream", "s"}, {"offset", format_offset({0, count})}, {"type", "notify"}});
    }
    // Envelopes that subscribers do not share have less room.
    auto const fewer = k_partly_enclosed_max / size;
    CHECK(of_lines(fewer, 5).count == fewer);
    CHECK(of_lines(fewer + 1, 5).count == 1);
}

TEST_CASE("envelope: escapes and base64 count") {
    for (char const c : {'"', '\\', '\x01', '\xff', 'x'}) {
        CAPTURE(static_cast<int>(c));
        for (auto const size : {k_mib, 3 * k_mib, 8 * k_mib, 12 * k_mib, k_enclosed_max}) {
            std::vector<std::uint32_t> const none;
            std::string const body(size, c);
            auto const all = enclose({"s", false, body, 1, none, {0, 0}, {0, size}}, 0);
            CHECK(all.stored.size() <= k_enclosed_max);
            auto const text = std::size_t{c == 'x' ? 1U : c == '\x01' ? 6U : 2U} * size;
            auto const needs = c == '\xff' ? size / 3 * 4 : text;
            auto const told = Document::parse(all.stored.view())["type"];
            CHECK(told == (needs + 200 < k_enclosed_max ? "data" : "notify"));
        }
    }
}
