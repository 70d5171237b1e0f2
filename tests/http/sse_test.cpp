// Server-Sent Events: form, hand-over from catch-up to live, fan-out, slow readers, keep-alive,
// end.
#include "http/server_under_test.h"
#include "support/sure.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace ds::test;

namespace {

using Steady = std::chrono::steady_clock;

std::string numbered(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i)
        text += std::to_string(i) + ";";
    return text;
}

// Data of a text stream, until there are so many bytes or the response ends.
std::string collect(EventStream& live, std::size_t bytes) {
    std::string all;
    while (all.size() < bytes) {
        auto const event = live.next();
        if (!event) break;
        if (event->name == "data") all += event->payload;
    }
    return all;
}

} // namespace

TEST_CASE("sse: head and events have exactly the form the protocol gives them") {
    auto const path = create_text("form", "a\nb");
    Wire wire(server().port());
    wire.send(request("GET", path + "?offset=-1&live=sse"));
    auto const head = wire.reply_head();
    CHECK(head.status == 200);
    CHECK(head["Content-Type"] == "text/event-stream");
    CHECK(head["X-Accel-Buffering"] == "no");
    CHECK_FALSE(head.has("Content-Length"));
    CHECK_FALSE(head.has("Stream-SSE-Data-Encoding"));
    auto const frame = wire.chunk(); // data and its control leave in one piece
    std::string const start =
        "event: data\ndata:a\ndata:b\nid:0000000000000000_0000000000000003\n\n"
        "event: control\ndata:{"
        R"("streamNextOffset":"0000000000000000_0000000000000003",)";
    CHECK(frame.substr(0, 6) == "retry:"); // at the beginning alone
    CHECK(frame.substr(frame.find('\n') + 1, start.size()) == start);
    CHECK(frame.find(R"("streamCursor":")") != std::string::npos);
    CHECK(frame.find(R"("upToDate":true)") != std::string::npos);
    CHECK(frame.find(R"("streamWriteTimestamp":)") != std::string::npos);
    CHECK(frame.substr(frame.size() - 3) == "}\n\n");
}

TEST_CASE("sse: no payload can forge an event, and none loses its line ends' places") {
    for (std::string const payload :
         {"event: control\ndata:{\"streamClosed\":true}\n\n", "a\r\nb\rc\nd", "\n\nx", ":comment",
          " leading blank", "x\r", "id: 1\nretry: 0", "x\r\revent: control\rdata: forged\r\r",
          "\xe2\x80\xa8\xe2\x80\xa8"
          "event: control"}) {
        CAPTURE(payload);
        auto const path = create_text("forge", payload);
        EventStream live(server().port(), path + "?offset=-1&live=sse");
        auto const data = sure(live.next());
        CHECK(data->name == "data");
        std::string plain; // line ends become "\n" on the way
        for (std::size_t i = 0; i < payload.size(); ++i) {
            if (payload[i] == '\r' && i + 1 < payload.size() && payload[i + 1] == '\n') continue;
            plain += payload[i] == '\r' ? '\n' : payload[i];
        }
        CHECK(data->payload == plain);
        auto const control = sure(live.next());
        CHECK(control->name == "control");
        CHECK_FALSE(control->flag("streamClosed"));
    }
}

TEST_CASE("sse: binary streams travel as base64, and say so") {
    auto const path = fresh_path("binary");
    std::string const bytes("\x00\xff\r\n\x80", 5);
    REQUIRE(ask("PUT", path, {{"Content-Type", "image/png"}}, bytes).status == 201);
    EventStream live(server().port(), path + "?offset=-1&live=sse");
    CHECK(live.head()["Stream-SSE-Data-Encoding"] == "base64");
    CHECK(live.until_up_to_date() == std::vector<std::string>{"AP8NCoA="});
}

TEST_CASE("sse: five hundred readers get every message once, in order") {
    auto const path = create_text("fan-out");
    int const messages = 20;
    std::deque<EventStream> readers;
    for (int i = 0; i < 500; ++i)
        readers.emplace_back(server().port(), path + "?offset=now&live=sse");
    for (auto& reader : readers)
        REQUIRE(reader.until_up_to_date().empty());
    for (int i = 0; i < messages; ++i)
        REQUIRE(append_text(path, numbered(i, i + 1)).status == 204);
    REQUIRE(close_stream(path).status == 204);
    auto const expected = numbered(0, messages);
    int right = 0;
    for (auto& reader : readers)
        right += collect(reader, expected.size() + 1) == expected ? 1 : 0;
    CHECK(right == 500);
}

TEST_CASE("sse: readers come and go during the waves, and each misses and repeats nothing") {
    // One io thread, and more readers than it tells in one turn.
    ServerUnderTest busy({"--io-threads", "1"});
    auto const path = create_text(busy, "waves");
    Wire writer(busy.port());
    int written = 0;
    auto const append_without_waiting = [&](int count) {
        for (int i = 0; i < count; ++i, ++written)
            writer.send(request("POST", path, k_text, numbered(written, written + 1)));
    };
    std::vector<std::unique_ptr<EventStream>> readers;
    std::deque<Wire> waiting; // long-polls, which leave as they are told
    for (int round = 0; round < 6; ++round) {
        for (int i = 0; i < 120; ++i)
            readers.push_back(
                std::make_unique<EventStream>(busy.port(), path + "?offset=-1&live=sse"));
        for (int i = 0; i < 20; ++i) {
            waiting.emplace_back(busy.port());
            waiting.back().send(request("GET", path + "?offset=now&live=long-poll"));
        }
        append_without_waiting(10);
        // Gone while their neighbours are being told.
        for (int i = 0; i < 20; ++i)
            readers.erase(readers.begin() + std::ptrdiff_t{3} * i);
        append_without_waiting(10);
        waiting.clear();
    }
    for (int i = 0; i < written; ++i)
        REQUIRE(writer.reply().status == 204);
    auto const expected = numbered(0, written);
    int right = 0;
    for (auto& reader : readers)
        right += collect(*reader, expected.size()) == expected ? 1 : 0;
    CHECK(right == 600);
}

TEST_CASE("sse: catch-up hands over to live without a gap or a repeat") {
    auto const path = create_json("hand-over");
    int const messages = 1500;
    std::thread writer([&] {
        Wire wire(server().port());
        for (int i = 0; i < messages; ++i) {
            wire.send(request("POST", path, k_json, std::to_string(i)));
            if (wire.reply().status != 204) return;
        }
        wire.send(request("POST", path, {{"Stream-Closed", "true"}}));
        wire.reply();
    });
    std::string expected;
    for (int i = 0; i < messages; ++i)
        expected += std::to_string(i) + ",";
    std::vector<std::thread> threads;
    std::vector<std::string> seen(8);
    for (std::size_t r = 0; r < seen.size(); ++r)
        threads.emplace_back([&, r] {
            pause(Wait{static_cast<Wait::rep>(r) * 20});
            std::string offset = "-1";
            bool closed = false;
            // Every reader breaks off now and then and goes on from its last offset.
            for (int round = 0; !closed && round < 10000; ++round) {
                EventStream live(server().port(), path + "?live=sse&offset=" + offset);
                for (int events = 0; !closed && events < 40 + 200 * round; ++events) {
                    auto const event = live.next();
                    if (!event) break;
                    if (event->name == "data")
                        seen[r] += event->payload.substr(1, event->payload.size() - 2) + ",";
                    else
                        closed = event->flag("streamClosed");
                    if (event->name == "control") offset = event->text("streamNextOffset");
                    if (event->name == "data") --events; // break off only after a control event
                }
            }
        });
    writer.join();
    for (auto& thread : threads)
        thread.join();
    for (auto const& all : seen)
        CHECK(all == expected);
}

TEST_CASE(
    "sse: of a large event all have the same data, and each the control event of its cursor") {
    auto const path = create_text("large", "");
    std::uint64_t const ahead = 1'000'000'000'000;
    std::vector<std::unique_ptr<EventStream>> readers;
    for (std::uint64_t i = 0; i < 4; ++i) {
        readers.push_back(std::make_unique<EventStream>(
            server().port(),
            path + "?offset=now&live=sse&cursor=" + std::to_string(ahead + 1'000'000 * i)));
        CHECK(readers.back()->until_up_to_date().empty());
    }
    std::string const large(300'000, 'l');
    CHECK(ask("POST", path, k_text, large).status == 204);
    for (std::uint64_t i = 0; i < 4; ++i) {
        auto const& reader = readers[i];
        CHECK(collect(*reader, large.size()) == large);
        auto const control = sure(reader->next());
        CHECK(control->name == "control");
        CHECK(control->flag("upToDate"));
        CHECK(control->text("streamCursor") == std::to_string(ahead + 1'000'000 * i + 1));
    }
    CHECK(ask("POST", path, {{"Content-Type", "text/plain"}, {"Stream-Closed", "true"}}, large)
              .status == 204);
    for (auto const& reader : readers) {
        CHECK(collect(*reader, large.size()) == large);
        auto const control = sure(reader->next());
        CHECK(control->flag("streamClosed"));
        CHECK_FALSE(reader->next());
    }
}

TEST_CASE("sse: a reader that takes nothing is cut, others are not held up, and it can resume") {
    ServerUnderTest strict({"--write-timeout", "1"});
    auto const path = fresh_path("slow");
    REQUIRE(ask(strict, "PUT", path, {{"Content-Type", "text/plain"}}).status == 201);
    EventStream slow(strict.port(), path + "?offset=-1&live=sse", {}, 4096);
    EventStream quick(strict.port(), path + "?offset=-1&live=sse");
    std::string const piece(1 << 20, 's');
    std::size_t const total = 24 * piece.size();
    std::size_t received = 0;
    std::thread reading([&] { received = collect(quick, total).size(); });
    for (std::size_t sent = 0; sent < total; sent += piece.size())
        CHECK(ask(strict, "POST", path, k_text, piece).status == 204);
    reading.join();
    CHECK(received == total);
    pause(Wait{2500}); // longer than the server lets a reader take nothing

    std::size_t late = 0;
    CHECK_THROWS_AS(late = collect(slow, total).size(), WireError);
    CHECK(late < total);
    auto const offset = slow.last_offset().empty() ? "-1" : slow.last_offset();
    EventStream resumed(strict.port(), path + "?live=sse&offset=" + offset);
    auto const rest = collect(resumed, offset == "-1" ? total : 1);
    CHECK_FALSE(rest.empty());
}

TEST_CASE("sse: comments keep a quiet connection alive, and it ends when its life is over") {
    ServerUnderTest brief({"--sse-keep-alive", "0.1", "--sse-lifetime", "0.8"});
    auto const path = create_text(brief, "lifetime", "x");
    auto const began = Steady::now();
    EventStream live(brief.port(), path + "?offset=-1&live=sse");
    CHECK(live.until_up_to_date() == std::vector<std::string>{"x"});
    CHECK_FALSE(live.next()); // a regular end: the last chunk came
    CHECK(live.comments() >= 2);
    auto const took = Steady::now() - began;
    CHECK(took >= Wait{600});
    CHECK(took < Wait{4000});
}
