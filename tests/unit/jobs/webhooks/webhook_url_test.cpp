// Which URLs webhooks may have.
#include "jobs/webhooks/webhook_url.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds;
using webhooks::check_webhook_url;
using webhooks::WebhookRules;

TEST_CASE("webhook url: https on the internet, and http on this machine for development") {
    WebhookRules const rules;
    for (std::string const url : {"https://worker.example/hooks", "https://worker.example",
                                  "https://Worker.Example:8443/?a=b", "https://8.8.8.8/x",
                                  "https://[2606:4700::1111]/", "HTTPS://worker.example./x"}) {
        CAPTURE(url);
        auto const target = check_webhook_url(url, rules);
        REQUIRE_MESSAGE(target, (target ? "" : target.error().what));
        CHECK(target->reach == Reach::internet);
    }
    for (std::string const url :
         {"http://localhost:3000/hook", "http://127.0.0.1:9/", "http://127.0.0.255/"}) {
        CAPTURE(url);
        auto const target = check_webhook_url(url, rules);
        REQUIRE(target);
        CHECK(target->reach == Reach::loopback);
        CHECK_FALSE(check_webhook_url(url, {WebhookRules::Loopback::refused, {}}));
    }
}

TEST_CASE("webhook url: what leads inside, or could be read otherwise, is refused") {
    WebhookRules const rules;
    for (std::string const url : {"http://10.0.0.1/hook",
                                  "http://worker.example/",
                                  "https://10.0.0.1/",
                                  "https://172.16.0.1/",
                                  "https://172.31.255.255/",
                                  "https://192.168.1.1/",
                                  "https://169.254.169.254/latest",
                                  "https://100.100.100.200/",
                                  "https://127.0.0.1/",
                                  "https://localhost/",
                                  "https://a.localhost/",
                                  "https://0.0.0.0/",
                                  "https://224.0.0.1/",
                                  "https://255.255.255.255/",
                                  "https://[::1]/",
                                  "https://[::]/",
                                  "https://[fe80::1]/",
                                  "https://[fd00::1]/",
                                  "https://[::ffff:10.0.0.1]/",
                                  "https://[::ffff:a00:1]/",
                                  "https://[64:ff9b::a00:1]/",
                                  "https://[2002:a00:1::]/",
                                  "https://2130706433/",
                                  "https://0x7f000001/",
                                  "https://0x7f.1/",
                                  "https://127.1/",
                                  "https://0177.0.0.1/",
                                  "https://10.0.0.1./",
                                  "https://metadata/",
                                  "https://metadata.google.internal/",
                                  "https://printer.local/",
                                  "https://router.lan/",
                                  "http://127.0.1.1/",
                                  "http://127.0.0.1@evil.example/",
                                  "http://[::1]/",
                                  "http://localhost.evil.example/",
                                  "https://user:pw@worker.example/",
                                  "https://worker.example\\@10.0.0.1/",
                                  "https://worker.example#@10.0.0.1/",
                                  "https://worker.example:0/",
                                  "https://worker.example:65536/",
                                  "https://worker.example:x/",
                                  "https://",
                                  "https:///x",
                                  "https://a..b/",
                                  "https://.example/",
                                  "ftp://worker.example/",
                                  "file:///etc/passwd",
                                  "//worker.example/",
                                  "worker.example",
                                  "",
                                  "https://wor ker.example/",
                                  "https://worker.example/\r\nHost: x",
                                  "https://w\xc3\xb6rker.example/",
                                  "https://[::1",
                                  "https://::1/",
                                  "https://[1.2.3.4]/",
                                  "https://%31%30.0.0.1/"}) {
        CAPTURE(url);
        auto const target = check_webhook_url(url, rules);
        CHECK_FALSE(target);
        if (!target) CHECK(target.error().fault == Fault::invalid);
    }
    CHECK_FALSE(check_webhook_url("https://worker.example/" + std::string(2048, 'a'), rules));
}

TEST_CASE("webhook url: where hosts are named, no others count") {
    WebhookRules const rules{WebhookRules::Loopback::allowed,
                             {"hooks.example.com", ".example.org"}};
    CHECK(check_webhook_url("https://hooks.example.com/", rules));
    CHECK(check_webhook_url("https://a.b.example.org/", rules));
    CHECK_FALSE(check_webhook_url("https://example.org/", rules));
    CHECK_FALSE(check_webhook_url("https://evilexample.org/", rules));
    CHECK_FALSE(check_webhook_url("https://x.hooks.example.com/", rules));
    CHECK_FALSE(check_webhook_url("http://localhost/", rules));
}
