// Promises of cli/config_file.
#include "cli/config_file.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace ds;

namespace {

using Values = std::vector<std::string>;

std::string wrong(std::string_view text) {
    auto const settings = read_settings(text);
    return settings ? std::string() : settings.error().what;
}

} // namespace

TEST_CASE("config file: settings, with the lines that they begin in") {
    auto const settings = read_settings("\xef\xbb\xbf# a comment\r\n"
                                        "\r\n"
                                        "listen = \"127.0.0.1:1\"  # why\r\n"
                                        "; of another kind\n"
                                        "  name='a # b, \"c\"'\n"
                                        "cors-origin = [\"https://a\", # the first\n"
                                        "    https://b,\n"
                                        "]\n"
                                        "\"lanes\" = 4\n"
                                        "loud # a switch\n"
                                        "two = a, b\n"
                                        "store =\n"
                                        "none = []\n"
                                        "last = 1");
    REQUIRE(settings);
    auto const& all = *settings;
    REQUIRE(all.size() == 9);
    CHECK(all[0].line == 3);
    CHECK(all[0].name == "listen");
    CHECK(all[0].values == Values{"127.0.0.1:1"});
    CHECK(!all[0].bare);
    CHECK(all[1].line == 5);
    CHECK(all[1].values == Values{"a # b, \"c\""});
    CHECK(all[2].line == 6);
    CHECK(all[2].values == Values{"https://a", "https://b"});
    CHECK(all[3].line == 9);
    CHECK(all[3].name == "lanes");
    CHECK(all[4].bare);
    CHECK(all[4].values == Values{"true"});
    CHECK(all[5].values == Values{"a", "b"});
    CHECK(all[6].values == Values{""});
    CHECK(all[7].values.empty());
    CHECK(all[8].line == 14);
    CHECK(read_settings("")->empty());
    CHECK(read_settings("\n\n#")->empty());
}

TEST_CASE("config file: what cannot be read is told with its line") {
    CHECK(wrong("a = 1\n[cache") == "line 2: '[cache' begins a section; settings stand in none");
    CHECK(wrong("[cache]\na = 1").starts_with("line 1: '[cache]' begins a section"));
    CHECK(wrong("\na = \"x\nb = 2").starts_with("line 2: the text of 'a' has no closing \""));
    CHECK(wrong("a = \"x\"y").starts_with("line 1: something stands right behind the closing \""));
    CHECK(wrong("\na = ['x'y]").starts_with("line 2: something stands right behind"));
    CHECK(wrong("a = 'x").starts_with("line 1: the text of 'a' has no closing '"));
    CHECK(wrong("\na = [1,\n2,\n").starts_with("line 2: the list of 'a' has no closing ]"));
    CHECK(wrong("a = [\n'x").starts_with("line 2: the text of 'a'"));
    CHECK(wrong("listen = [::1]:4437").starts_with("line 1: something follows the value"));
    CHECK(wrong("listen 127.0.0.1:1").starts_with("line 1: 'listen 127.0.0.1:1' has no ="));
    CHECK(wrong("= 1").starts_with("line 1: there is no name"));
}
