// Content types, and bodies as messages.
#include "model/content.h"
#include "support/sure.h"
#include "support/text.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ds {

namespace {

Messages split(std::string body) {
    auto messages = test::sure(split_messages(Bytes(std::move(body)), true));
    return *std::move(messages);
}

// The messages one by one, cut out of what is stored by their lengths.
std::vector<std::string> list(Messages const& messages) {
    auto const stored = messages.stored.view();
    if (messages.count == 0) return {};
    if (messages.count == 1) return {std::string(stored)};
    REQUIRE(messages.lengths.size() == messages.count);
    std::vector<std::string> all;
    std::size_t at = 0;
    for (auto const length : messages.lengths) {
        if (at > 0) CHECK(stored[at - 1] == ',');
        all.emplace_back(stored.substr(at, length));
        at += length + 1;
    }
    CHECK(at == stored.size() + 1);
    return all;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("content type: a type, a subtype and parameters") {
    for (auto const* text :
         {"text/plain", "application/json", "application/vnd.x+json", "a/b",
          "text/plain;charset=utf-8", "text/plain; charset=\"utf-8\"", "text/plain ; a=b ; c=d",
          "text/plain;", "multipart/mixed; boundary=\"a\\\"b; c\"", "x-!#$%&'*+.^_`|~/y"}) {
        CAPTURE(text);
        CHECK(is_content_type(text));
    }
    CHECK(is_content_type("a/" + std::string(254, 'b')));
    for (auto const* range : {"*/*", "text/*", "*/plain", "text/*; q=1"})
        CHECK_FALSE(is_content_type(range));
}

TEST_CASE("content type: anything else is refused") {
    for (auto const& text : test::between_bars(
             "|text|text/|/plain|text//plain|text/plain/x|text plain|text /plain| text/plain|"
             "text/plain x|text/plain; charset|text/plain; =x|text/plain; a=|text/plain; a=\"b|"
             "text/plain; a=\"b\\|text/plain\r\nX: y|text/pl\xc3\xa9in|text/plain; a=\x01|"
             "text/plain, text/html|te\txt/plain")) {
        CAPTURE(text);
        CHECK_FALSE(is_content_type(text));
    }
    CHECK_FALSE(is_content_type("a/" + std::string(255, 'b')));
}

TEST_CASE("content type: case and parameters do not make another type") {
    CHECK(same_content_type("Application/JSON; charset=utf-8", "application/json"));
    CHECK(same_content_type("text/plain ;a=b", "text/plain"));
    CHECK_FALSE(same_content_type("text/plain", "text/html"));
    CHECK_FALSE(same_content_type("text/plain", "text/plainx"));
}

TEST_CASE("content type: only application/json is JSON") {
    CHECK(is_json_type("application/json"));
    CHECK(is_json_type("APPLICATION/json ; charset=utf-8"));
    CHECK_FALSE(is_json_type("application/vnd.x+json"));
    CHECK_FALSE(is_json_type("application/jsonl"));
    CHECK_FALSE(is_json_type("text/json"));
}

TEST_CASE("content type: text and JSON go over SSE as they are") {
    CHECK(is_text_type("text/plain"));
    CHECK(is_text_type("Text/Event-Stream; charset=utf-8"));
    CHECK(is_text_type("application/json"));
    CHECK_FALSE(is_text_type("application/octet-stream"));
    CHECK_FALSE(is_text_type("application/x-protobuf"));
    CHECK_FALSE(is_text_type("image/png"));
    CHECK_FALSE(is_text_type("textual/plain"));
    CHECK_FALSE(is_text_type("text"));
}

TEST_CASE("split: a body that is no JSON is one message, as it is") {
    Bytes const body(std::string("[1, 2]\n\0x", 9));
    auto const messages = test::sure(split_messages(body, false));
    CHECK(messages->count == 1);
    CHECK(messages->lengths.empty());
    CHECK(messages->stored == body);
    CHECK(messages->stored.data() == body.data());
}

TEST_CASE("split: an empty body and an empty array are no messages") {
    CHECK(split_messages(Bytes{}, false)->empty());
    CHECK(split_messages(Bytes{}, true)->empty());
    CHECK(split("[]").empty());
    CHECK(split(" [ \n] ").empty());
    CHECK(split("[]").stored.empty());
}

TEST_CASE("split: a document that is no array is one message without the space around it") {
    Bytes const body(std::string(" \n{\"a\": [1, 2]} \t"));
    auto const messages = test::sure(split_messages(body, true));
    CHECK(list(*messages) == Texts{"{\"a\": [1, 2]}"});
    CHECK(messages->lengths.empty());
    CHECK(messages->stored.data() == body.data() + 2);
    CHECK(list(split("null")) == Texts{"null"});
    CHECK(list(split("\"\"")) == Texts{"\"\""});
}

TEST_CASE("split: an array is flattened exactly one level") {
    CHECK(list(split("[[1,2]]")) == Texts{"[1,2]"});
    CHECK(list(split("[1,\"a\",null,[],{}]")) == Texts{"1", "\"a\"", "null", "[]", "{}"});
    CHECK(list(split("[[]]")) == Texts{"[]"});
    CHECK(list(split("[[[1]],[2]]")) == Texts{"[[1]]", "[2]"});
    CHECK(split("[7]").lengths.empty());
    CHECK(split("[7]").count == 1);
}

TEST_CASE("split: messages keep their bytes as sent") {
    CHECK(list(split("[ 12345678901234567890.10 , {\"a\":1, \"a\" :2} ,\"\\u0041\"]")) ==
          Texts{"12345678901234567890.10", "{\"a\":1, \"a\" :2}", "\"\\u0041\""});
}

TEST_CASE("split: an array that is compact between its elements is stored without copying") {
    Bytes const body(std::string(" [ {\"a\": 1},{\"b\": [2 , 3]},4 ] "));
    auto const messages = test::sure(split_messages(body, true));
    CHECK(messages->stored.view() == "{\"a\": 1},{\"b\": [2 , 3]},4");
    CHECK(messages->stored.data() == body.data() + 3);
    CHECK(messages->lengths == std::vector<std::uint32_t>{8, 14, 1});
}

TEST_CASE("split: any other array is joined by single commas") {
    for (auto const* text : {"[1 ,2,3]", "[1, 2,3]", "[1,2\n,\n3]", "[ 1 , 2 , 3 ]"}) {
        CAPTURE(text);
        Bytes const body((std::string(text)));
        auto const messages = test::sure(split_messages(body, true));
        CHECK(messages->stored.view() == "1,2,3");
        CHECK(list(*messages) == Texts{"1", "2", "3"});
    }
}

TEST_CASE("split: broken JSON is invalid and says where") {
    for (auto const* text : {"{", "[1,]", " ", "nope", "[1 2]", "{\"a\":}"}) {
        CAPTURE(text);
        auto const messages = split_messages(Bytes(std::string(text)), true);
        REQUIRE_FALSE(messages);
        CHECK(messages.error().fault == Fault::invalid);
        CHECK(messages.error().what.find("at byte") != std::string::npos);
    }
}

TEST_CASE("split: nesting is bounded") {
    auto const nested = [](std::size_t depth) {
        return Bytes(std::string(depth, '[') + std::string(depth, ']'));
    };
    CHECK(split_messages(nested(k_json_depth_max), true));
    CHECK_FALSE(split_messages(nested(k_json_depth_max + 1), true));
    CHECK_FALSE(split_messages(Bytes(std::string(8U << 20U, '[')), true));
}

TEST_CASE("split: an array has a bound in messages") {
    auto const of = [](std::size_t messages) {
        std::string array("[1");
        while (--messages > 0)
            array += ",1";
        return Bytes(array + "]");
    };
    CHECK(split_messages(of(262'144), true)->count == 262'144);
    auto const refused = split_messages(of(262'145), true);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.ends_with("more than 262144 elements"));
}

TEST_CASE("split lines: every line is a message with its newline, and nothing is copied") {
    Bytes const body(std::string("a\n\nbc\r\nlast"));
    auto const messages = test::sure(split_lines(body));
    CHECK(messages->count == 4);
    CHECK(messages->lengths == std::vector<std::uint32_t>{2, 1, 4, 4});
    CHECK(messages->stored.data() == body.data());
    CHECK(messages->stored == body);
    CHECK(split_lines(Bytes(std::string("a\nb\n")))->lengths == std::vector<std::uint32_t>{2, 2});
    CHECK(split_lines(Bytes(std::string(262'144, '\n')))->count == 262'144);
    CHECK_FALSE(split_lines(Bytes(std::string(262'145, '\n'))));
}

TEST_CASE("split lines: one line needs no lengths, and no bytes are no messages") {
    for (auto const* text : {"a", "a\n", "\n"}) {
        auto const messages = test::sure(split_lines(Bytes(std::string(text))));
        CHECK(messages->count == 1);
        CHECK(messages->lengths.empty());
        CHECK(messages->stored.view() == text);
    }
    CHECK(split_lines(Bytes{})->empty());
}

} // namespace ds
