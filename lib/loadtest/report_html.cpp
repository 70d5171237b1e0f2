// Puts the JSON report into the page.
#include "loadtest/report_html.h"

#include "base/ensure.h"
#include "loadtest/report_json.h"

namespace ds {

std::string report_html(LoadReport const& report) {
    constexpr std::string_view k_place = "{{report}}";
    std::string page(k_report_page);
    auto const place = page.find(k_place);
    ENSURE(place != std::string::npos);
    // In JSON, < stands in texts only, where \u003c means the same: then no text ends the element
    // that the report is in, or begins a comment.
    std::string safe;
    for (char const c : report_json(report, -1))
        c == '<' ? safe += "\\u003c" : safe += c;
    return page.replace(place, k_place.size(), safe);
}

} // namespace ds
