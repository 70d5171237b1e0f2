// What tenants wrote is never a page of ours: the answers that carry it say so to browsers.
#include "http/server_under_test.h"
#include "http/wire.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds::test;

namespace {

constexpr std::string_view k_policy = "Content-Security-Policy";

void check_guarded(Reply const& reply) {
    CHECK(reply[k_policy] == "default-src 'none'; sandbox; frame-ancestors 'none'");
    CHECK(reply["X-Content-Type-Options"] == "nosniff");
}

} // namespace

TEST_CASE("no page: every read carries the policy, whatever the type") {
    for (std::string const type :
         {"text/html", "image/svg+xml", "text/plain", "application/json"}) {
        CAPTURE(type);
        auto const path = fresh_path("page");
        CHECK(ask("PUT", path, {{"Content-Type", type}}).status == 201);
        std::string const body = type == "application/json" ? "{}" : "<script>alert(1)</script>";
        CHECK(ask("POST", path, {{"Content-Type", type}}, body).status == 204);
        auto const all = ask("GET", path + "?offset=-1");
        check_guarded(all);
        check_guarded(ask("HEAD", path));
        check_guarded(ask("GET", path + "?offset=-1&live=long-poll"));
        check_guarded(ask("GET", path + "?offset=now"));
        check_guarded(ask("GET", path + "?offset=-1", {{"If-None-Match", all["ETag"]}}));
        Wire events(server().port());
        events.send(request("GET", path + "?offset=-1&live=sse"));
        check_guarded(events.reply_head());
    }
}

TEST_CASE("no page: what could run is to be saved, what cannot is shown") {
    for (std::string const type :
         {"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/pdf",
          "text/javascript", "TEXT/HTML; charset=utf-8", "application/x-of-tomorrow"}) {
        CAPTURE(type);
        auto const path = fresh_path("active");
        CHECK(ask("PUT", path, {{"Content-Type", type}}).status == 201);
        CHECK(ask("GET", path + "?offset=-1")["Content-Disposition"] == "attachment");
        CHECK(ask("HEAD", path)["Content-Disposition"] == "attachment");
    }
    for (std::string const type : {"text/plain; charset=utf-8", "application/json", "image/png",
                                   "video/mp4", "application/octet-stream"}) {
        CAPTURE(type);
        auto const path = fresh_path("inert");
        CHECK(ask("PUT", path, {{"Content-Type", type}}).status == 201);
        CHECK_FALSE(ask("GET", path + "?offset=-1").has("Content-Disposition"));
    }
}
