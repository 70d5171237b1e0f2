// Promises of client/estuary_client.
#include "client/estuary_client.h"
#include "fakes/scripted_fetch.h"
#include "support/sure.h"

#include <doctest/doctest.h>

using namespace ds;
using namespace ds::test;

namespace {

StreamName const k_inbox = *parse_stream_name("shop/inbox");
StreamName const k_orders = *parse_stream_name("shop/or ders/7");
HeaderMap const k_json{{"Content-Type", "application/json"}};

} // namespace

TEST_CASE("estuary client: subscribe and unsubscribe name the source in the path, the estuary in "
          "the body") {
    ScriptedFetch fetch({answers(200, k_json, R"({"estuaryId":"inbox","isNewEstuary":true})"),
                         answers(200, k_json, R"({"isNewEstuary":false})"),
                         answers(200, k_json, R"({"success":true})")});
    StreamClient streams(fetch, "http://h", "word");
    EstuaryClient client(streams);
    auto const first = test::sure(client.subscribe(k_inbox, k_orders, {CopiesAs::envelope, 100}));
    CHECK(std::get<SubscribeAnswer>(*first).is_new);
    auto const second = test::sure(client.subscribe(k_inbox, k_orders, {CopiesAs::plain, {}}));
    CHECK_FALSE(std::get<SubscribeAnswer>(*second).is_new);
    REQUIRE(client.unsubscribe(k_inbox, k_orders));
    auto const& asked = fetch.asked;
    CHECK(asked[0].method == "POST");
    CHECK(asked[0].url == "http://h/v1/estuary/subscribe/shop/or%20ders/7");
    CHECK(asked[0].header("Authorization") == "Bearer word");
    CHECK(asked[0].header("Content-Type") == "application/json");
    CHECK(asked[0].body == R"({"estuaryId":"inbox","mode":"envelope","notifyAbove":100})");
    CHECK(asked[1].body == R"({"estuaryId":"inbox"})");
    CHECK(asked[2].method == "DELETE");
    CHECK(asked[2].url == asked[0].url);
    CHECK(asked[2].body == R"({"estuaryId":"inbox"})");
}

TEST_CASE("estuary client: show and list read what is there, and what is not") {
    ScriptedFetch fetch(
        {answers(200, k_json,
                 R"({"contentType":"application/json","expiresAt":5,"subscriptions":[)"
                 R"({"streamId":"a","mode":"envelope","sinceOffset":"1","ackedOffset":null},)"
                 R"({"streamId":"b","mode":"plain","sinceOffset":"2","ackedOffset":"3"}]})"),
         answers(200, k_json, R"({"estuaries":[{"estuaryId":"inbox","subscriptions":2}]})"),
         answers(404, k_json, R"({"code":"ESTUARY_NOT_FOUND","error":"no"})"),
         answers(200, {}, "<html>")});
    StreamClient streams(fetch, "http://h", "");
    EstuaryClient client(streams);
    auto const said = test::sure(client.show(k_inbox));
    auto const& estuary = std::get<EstuaryAnswer>(*said);
    CHECK(estuary.expires_ms == 5);
    REQUIRE(estuary.sources.size() == 2);
    CHECK(estuary.sources[0].copies == CopiesAs::envelope);
    CHECK(estuary.sources[0].acknowledged.empty());
    CHECK(estuary.sources[1].acknowledged == "3");
    auto const listed = test::sure(client.list("shop", "a b"));
    CHECK(std::get<EstuaryList>(*listed).estuaries.at(0).sources == 2);
    CHECK(fetch.asked.at(1).url == "http://h/v1/estuary/shop?after=a%20b");
    auto const absent = test::sure(client.show(k_inbox));
    CHECK(std::get<Denial>(*absent).code == "ESTUARY_NOT_FOUND");
    CHECK(client.show(k_inbox).error().fault == Fault::corrupt);
}

TEST_CASE("estuary client: what is published tells of its copies") {
    ScriptedFetch fetch({answers(204, {{"Stream-Fanout-Count", "3"},
                                       {"Stream-Fanout-Successes", "2"},
                                       {"Stream-Next-Offset", "9"}}),
                         answers(204, {{"Stream-Next-Offset", "9"}})});
    StreamClient streams(fetch, "http://h", "");
    AppendRequest ask;
    ask.content_type = "text/plain";
    ask.body = "x";
    ask.route = Route::publish;
    auto const said = test::sure(streams.append(k_orders, ask));
    auto const& answer = std::get<AppendAnswer>(*said);
    REQUIRE(answer.fanout);
    CHECK(answer.fanout->subscribers == 3);
    CHECK(answer.fanout->copies == 2);
    CHECK(answer.state.next_offset == "9");
    CHECK(fetch.asked.at(0).url == "http://h/v1/estuary/publish/shop/or%20ders/7");
    CHECK_FALSE(std::get<AppendAnswer>(*streams.append(k_orders, ask)).fanout);
}

TEST_CASE("estuary client: envelopes are unpacked, and what is none is not") {
    auto const text = test::sure(
        unpack_envelope(R"({"stream":"a","offset":"7","type":"data","payload":"{\"n\":1}"})"));
    CHECK(text->source == "a");
    CHECK(text->offset == "7");
    CHECK(text->payload == R"({"n":1})");
    CHECK_FALSE(text->base64);
    auto const bytes = test::sure(unpack_envelope(
        R"({"stream":"a","offset":"7","type":"data","payload":"AA==","encoding":"base64"})"));
    CHECK(bytes->base64);
    auto const notice =
        test::sure(unpack_envelope(R"({"stream":"a","offset":"7","type":"notify"})"));
    CHECK_FALSE(notice->payload);
    for (auto const* other : {"", "7", "[]", "{}", R"({"stream":7,"type":"notify"})",
                              R"({"stream":"a","type":"data"})"})
        CHECK_FALSE(unpack_envelope(other));
}
