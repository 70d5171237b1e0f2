// Promises of loadtest/report_html. What the page shows, a browser says (tests/e2e/report.mjs).
#include "loadtest/report_html.h"
#include "loadtest/report_json.h"
#include "support/text.h"
#include "unit/loadtest/sample_report.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <string>

using namespace ds;
using namespace ds::test;
using nlohmann::json;

namespace {

using ds::test::has;
using ds::test::times;

// What the script of the page is given.
std::string report_in(std::string const& page) {
    std::string const begin = R"(<script type="application/json" id="report">)";
    auto const at = page.find(begin);
    REQUIRE(at != std::string::npos);
    return page.substr(at + begin.size(), page.find('<', at + begin.size()) - at - begin.size());
}

} // namespace

TEST_CASE("the page of a load test has the report that programs get, and nothing from elsewhere") {
    for (auto const& report : {large_report(), small_report(), LoadReport{}}) {
        auto const page = report_html(report);
        CHECK(json::parse(report_in(page)) == json::parse(report_json(report)));
        for (auto const* loaded : {"src=", "@import", "url(", "href=\"http", "fetch(", "innerHTML"})
            CHECK_FALSE(has(page, loaded));
    }
}

TEST_CASE("the page of a load test: no text that was said to it ends its element, or the token") {
    std::string const bad = "</script><!--<script>alert(1)</script>\"'&\xe2\x80\xa8\xff";
    auto report = large_report();
    auto const clean = report_html(report);
    report.plan.token = "a.secret.token";
    for (auto* text : {&report.plan.url, &report.plan.cache_header, &report.server, &report.machine,
                       &report.parts[0].name, &report.bill[0].title, &report.verdicts[0].figure})
        *text = bad;
    for (auto* counts : {&report.tally.pops, &report.tally.errors, &report.tally.caches[bad],
                         &report.tally.sse.statuses})
        (*counts)[bad] = 1'000'000;
    auto const page = report_html(report);
    for (auto const* mark : {"<script", "</script", "<!--", "<"})
        CHECK(times(page, mark) == times(clean, mark));
    CHECK_FALSE(has(page, "secret"));
    CHECK(json::parse(report_in(page))
              .at("config")
              .at("server")
              .get<std::string>()
              .starts_with("</script><!--<script>alert(1)</script>\"'&\xe2\x80\xa8"));
}

// The browser that looks at the page gets it from here: of all that a run can have, or of nothing,
// with a text that must stay one.
TEST_CASE("the page of a load test, of a made-up run for a browser") {
    // NOLINTBEGIN(concurrency-mt-unsafe)
    if (auto const* const file = std::getenv("DS_REPORT_PAGE"))
        std::ofstream(file, std::ios::binary) << report_html(large_report());
    LoadReport nothing;
    nothing.server = "</script><b>server</b>";
    if (auto const* const file = std::getenv("DS_EMPTY_REPORT_PAGE"))
        std::ofstream(file, std::ios::binary) << report_html(nothing);
    // NOLINTEND(concurrency-mt-unsafe)
}
