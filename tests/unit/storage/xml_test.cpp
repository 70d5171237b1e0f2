// Promises of storage/xml.
#include "storage/xml.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;

namespace {

std::string text_of(std::string const& document) {
    auto const root = parse_xml(document);
    return root ? root->text : "(fault)";
}

} // namespace

TEST_CASE("xml: elements, their text and what is in them are read") {
    auto const root = parse_xml("\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- a > b -->\n"
                                "<r xmlns='x>y' a = \"1/>\" >\n <a>1</a><b/><!-- <c> --><a >2</a >"
                                "<c><a>3</a></c></r>\n<!-- end -->\n");
    REQUIRE(root);
    CHECK(root->name == "r");
    REQUIRE(root->children.size() == 4);
    CHECK(root->children[1].name == "b");
    CHECK(root->children[2].text == "2");
    CHECK(root->text_of("a") == "1");
    CHECK(root->text_of("b").empty());
    CHECK(root->text_of("d").empty());
    CHECK(root->children[3].text_of("a") == "3");
}

TEST_CASE("xml: references stand for characters") {
    CHECK(text_of("<r>&lt;&amp;amp;&gt;&quot;&apos;</r>") == "<&amp;>\"'");
    CHECK(text_of("<r>&#65;&#x42;&#xe9;&#x20AC;&#x1f600;</r>") ==
          "AB\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    for (char const* bad : {"&", "&;", "&no;", "&#;", "&#x;", "&#0;", "&#xd800;", "&#x110000;",
                            "&#-1;", "&#1 ;", "&lt"}) {
        CAPTURE(bad);
        CHECK(text_of("<r>" + std::string(bad) + "</r>") == "(fault)");
    }
}

TEST_CASE("xml: what is not well-formed is a fault, wherever it is cut") {
    std::string const whole = "<?xml version=\"1.0\"?><r a=\"b\"><c>x&amp;</c><!-- y --><d/></r>";
    REQUIRE(parse_xml(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(parse_xml(whole.substr(0, size)));
    }
    for (char const* bad : {"text", "<r>", "<r></s>", "<r/><r/>", "<r/>x", "<r a></r>", "<r a=1/>",
                            "<r a='1/>", "< r/>", "</r>", "<!DOCTYPE r><r/>",
                            "<r><![CDATA[x]]></r>", "<r><a></r></a>", "<r / >"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_xml(bad));
    }
}

TEST_CASE("xml: depth is bounded") {
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "<a>";
    CHECK_FALSE(parse_xml(deep));
}
