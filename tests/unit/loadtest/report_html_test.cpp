// Promises of loadtest/report_html and loadtest/html.
#include "loadtest/figures.h"
#include "loadtest/html.h"
#include "loadtest/report_html.h"
#include "support/text.h"
#include "unit/loadtest/sample_report.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>

using namespace ds;
using namespace ds::test;

namespace {

using ds::test::has;
using ds::test::times;

} // namespace

TEST_CASE("the page of a load test has its sections, and nothing from elsewhere") {
    auto const page = report_html(large_report());
    for (auto const* id : {"budgets", "delivery", "time", "readers", "cache", "misses", "pops",
                           "writes", "errors", "bill", "config"}) {
        CAPTURE(id);
        CHECK(times(page, "<section id=\"" + std::string(id) + "\"") == 1);
    }
    CHECK(has(page, "<h1>One budget was missed</h1>"));
    CHECK(has(page, "$11,700.00"));
    for (auto const* loaded :
         {"<script", "src=", "@import", "url(", "href=\"http", "nan", "inf%"}) {
        CAPTURE(loaded);
        CHECK_FALSE(has(page, loaded));
    }
}

TEST_CASE("the page of a load test escapes whatever was said to it, and keeps the token") {
    std::string const bad = "</style><script>alert(1)</script>\"'&";
    auto report = large_report();
    report.plan.token = "a.secret.token";
    for (auto* text :
         {&report.plan.url, &report.plan.write_url, &report.plan.project, &report.plan.cache_header,
          &report.server, &report.version, &report.machine, &report.agents[0].name,
          &report.agents[0].error, &report.bill[0].title, &report.bill[0].note,
          &report.bill[0].total, &report.bill[0].lines[0].what, &report.bill[0].lines[0].quantity,
          &report.bill[0].lines[0].unit_price, &report.bill[0].lines[0].amount,
          &report.verdicts[0].option, &report.verdicts[0].limit, &report.verdicts[0].figure})
        *text = bad;
    for (auto* counts : {&report.tally.pops, &report.tally.errors, &report.tally.caches[bad],
                         &report.tally.sse.statuses})
        (*counts)[bad] = 1'000'000;
    auto const page = report_html(report);
    CHECK_FALSE(has(page, "<script"));
    CHECK_FALSE(has(page, "alert(1)</"));
    CHECK(times(page, "</style>") == 1);
    CHECK(has(page, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
    CHECK_FALSE(has(page, "secret"));
}

TEST_CASE("the page of a load test in which nothing happened, or little") {
    auto const nothing = report_html({});
    CHECK(has(nothing, "No message reached a reader"));
    CHECK(has(nothing, "Nothing was delivered."));
    CHECK_FALSE(has(nothing, "id=\"bill\""));
    CHECK_FALSE(has(nothing, "nan"));
    auto const little = report_html(small_report());
    CHECK(has(little, "Every message arrived once, without an error"));
    CHECK_FALSE(has(little, "nan"));
}

TEST_CASE("text in a page is escaped") {
    CHECK(html_escaped("a < b && c > \"d\" 'e'") ==
          "a &lt; b &amp;&amp; c &gt; &quot;d&quot; &#39;e&#39;");
    CHECK(html_escaped("gr\xc3\xbc\xc3\x9f"
                       "e\n\x01") == "gr\xc3\xbc\xc3\x9f"
                                     "e??");
    CHECK(html_table("a<b", {"c<d", ">n"}, {{"<b>markup</b>", "1"}}) ==
          "<div class=\"wide\"><table><caption>a&lt;b</caption><thead><tr><th scope=\"col\">c&lt;d"
          "</th><th scope=\"col\" class=\"n\">n</th></tr></thead><tbody><tr><th scope=\"row\">"
          "<b>markup</b></th><td class=\"n\">1</td></tr></tbody></table></div>");
}

TEST_CASE("numbers on axes are round") {
    CHECK(round_axis(0).values == std::vector<double>{0, 1});
    CHECK(round_axis(10'000).values == std::vector<double>{0, 5000, 10'000});
    CHECK(round_axis(9'950).values == std::vector<double>{0, 5000, 10'000});
    CHECK(round_axis(4).values == std::vector<double>{0, 1, 2, 3, 4});
    CHECK(round_axis(0.09, 4).values.size() == 3);

    LogAxis const axis(1.2, 480);
    CHECK(axis.least() == doctest::Approx(1));
    CHECK(axis.most() == doctest::Approx(500));
    CHECK(axis.place(1) == 0);
    CHECK(axis.place(0) == 0);
    CHECK(axis.place(9999) == doctest::Approx(1));
    CHECK(axis.value(axis.place(30)) == doctest::Approx(30));
    auto const ticks = axis.ticks(short_number);
    REQUIRE(ticks.size() == 9);
    CHECK(ticks.front().label == "1");
    CHECK(ticks.back().label == "500");
    // Neighbours do not touch: on a small screen only powers of ten, and over more of them only
    // these on any, and there every second one.
    CHECK(ticks[1].minor);
    CHECK(!ticks[3].minor);
    CHECK(LogAxis(1, 9).ticks(short_number)[1].minor == false);
    auto const wide = LogAxis(0.01, 9000).ticks(short_number);
    REQUIRE(wide.size() == 7);
    CHECK(!wide[0].minor);
    CHECK(wide[1].minor);
    CHECK(wide[2].label == "1");
    // One time alone has an axis, too.
    LogAxis const narrow(5, 5);
    CHECK(narrow.most() > narrow.least());
}

TEST_CASE("the page of a load test: two marks have a row each, and stand where there is room") {
    auto const marks = [](double first, double second) {
        Plot plot;
        plot.marks = {{first, "p50"}, {second, "p99"}};
        auto const html = plot_html(plot);
        return html.substr(html.find("<span class=\"mark"));
    };
    CHECK(marks(0.2, 0.78).starts_with("<span class=\"mark\" style=\"left:20%\"><b>p50"));
    CHECK(marks(0.2, 0.78).find("<span class=\"mark left high\" style=\"left:78%\"><b>p99") !=
          std::string::npos);
    CHECK(marks(0.1, 0.15).find("<span class=\"mark high\" style=\"left:15%\"><b>p99") !=
          std::string::npos);
    CHECK(marks(0.8, 0.9).starts_with("<span class=\"mark left\" style"));
}

// The browser that looks at the page (tests/e2e/report.mjs) gets it from here.
TEST_CASE("the page of a load test, of a made-up run for a browser") {
    auto const* const file = std::getenv("DS_REPORT_PAGE"); // NOLINT(concurrency-mt-unsafe)
    if (file == nullptr) return;
    std::ofstream(file, std::ios::binary) << report_html(large_report());
}
