// Patterns of paths.
#include "jobs/webhooks/glob.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ds;
using webhooks::matches;

TEST_CASE("glob: a star is one segment, two are any number") {
    struct Row {
        char const* pattern;
        char const* path;
        bool matches;
    };
    for (auto const& [pattern, path, expected] : {Row{"events/*", "events/a", true},
                                                  {"events/*", "events", false},
                                                  {"events/*", "events/a/b", false},
                                                  {"events/*", "other/a", false},
                                                  {"*", "a", true},
                                                  {"*", "a/b", false},
                                                  {"**", "a", true},
                                                  {"**", "a/b/c", true},
                                                  {"events/**", "events", true},
                                                  {"events/**", "events/a/b", true},
                                                  {"events/**", "eventsx/a", false},
                                                  {"**/log", "log", true},
                                                  {"**/log", "a/b/log", true},
                                                  {"**/log", "a/b/log/c", false},
                                                  {"a/**/z", "a/z", true},
                                                  {"a/**/z", "a/b/z/z", true},
                                                  {"a/**/z", "a/b/z/y", false},
                                                  {"a/**/b/**/c", "a/x/b/y/b/c", true},
                                                  {"*/**", "a", true},
                                                  {"user-*", "user-7", true},
                                                  {"user-*", "user-", true},
                                                  {"user-*", "user-7/x", false},
                                                  {"a*b*c", "axxbyybc", true},
                                                  {"a*b*c", "axxbyyb", false},
                                                  {"a", "b", false},
                                                  {"a", "a", true}}) {
        CAPTURE(pattern);
        CAPTURE(path);
        CHECK(matches(pattern, path) == expected);
    }
}

TEST_CASE("glob: a pattern that was made to be slow is not") {
    std::string pattern = "x";
    for (int i = 0; i < 100; ++i)
        pattern += "/**/a*a*a*b";
    std::string path = "x";
    for (int i = 0; i < 250; ++i)
        path += "/aaaaaaaaa";
    CHECK_FALSE(matches(pattern, path));
}

TEST_CASE("glob: patterns that no path can match are refused") {
    std::string const too_long(578, 'a');
    for (std::string const& pattern :
         std::vector<std::string>{"", "/a", "a/", "a//b", "a/./b", "a/../b", "\xff", too_long}) {
        CAPTURE(pattern);
        CHECK_FALSE(webhooks::check_pattern(pattern));
    }
    for (std::string const pattern : {"a", "**", "a/*/b", "äöü/*"})
        CHECK(webhooks::check_pattern(pattern));
}
