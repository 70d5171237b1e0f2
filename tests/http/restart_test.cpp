// What was acknowledged is there after a restart, by SIGTERM or by SIGKILL; what was deleted is
// not.
#include "http/server_under_test.h"

#include <doctest/doctest.h>

#include <string>

using namespace ds::test;

namespace {

Headers claim(std::string const& id, int epoch, int seq) {
    return with({{"Producer-Id", id},
                 {"Producer-Epoch", std::to_string(epoch)},
                 {"Producer-Seq", std::to_string(seq)}},
                k_text);
}

// One stream of every kind, and what was said about them.
struct World {
    explicit World(ServerUnderTest const& of) : server(of) {
        must(ask(of, "PUT", plain, k_text, "one "), 201);
        etag = ask(of, "GET", plain)["ETag"];
        tail = must(ask(of, "POST", plain, with(k_text, {{"Stream-Seq", "b"}}), "two"), 204);
        must(ask(of, "PUT", produced, k_text), 201);
        must(ask(of, "POST", produced, claim("p", 2, 0), "p0 "), 200);
        must(ask(of, "POST", produced, claim("p", 2, 1), "p1"), 200);
        must(ask(of, "PUT", closed, k_text, "end"), 201);
        must(ask(of, "POST", closed, with(claim("q", 0, 0), {{"Stream-Closed", "true"}}), "."),
             200);
        must(ask(of, "PUT", timed, with(k_text, {{"Stream-TTL", "1234"}})), 201);
        must(ask(of, "PUT", dated, {{"Stream-Expires-At", "2040-01-02T03:04:05.678Z"}}), 201);
        must(ask(of, "PUT", brief, {{"Stream-TTL", "1"}}), 201);
        must(ask(of, "PUT", deleted, k_text, "x"), 201);
        must(ask(of, "DELETE", deleted), 204);
        must(ask(of, "PUT", source, k_json, "[1,2,3]"), 201);
        must(ask(of, "PUT", fork,
                 {{"Stream-Forked-From", source},
                  {"Stream-Fork-Offset", "0000000000000000_0000000000000000"},
                  {"Stream-Fork-Sub-Offset", "2"}}),
             201);
        must(ask(of, "POST", fork, k_json, "4"), 204);
        must(ask(of, "DELETE", source), 204);
    }

    std::string must(Reply const& reply, int status) const {
        REQUIRE_MESSAGE(reply.status == status, reply.body);
        return reply["Stream-Next-Offset"];
    }

    void check() const {
        auto const& of = server;
        CHECK(ask(of, "GET", plain).body == "one two");
        CHECK(ask(of, "HEAD", plain)["Stream-Next-Offset"] == tail);
        CHECK(ask(of, "POST", plain, with(k_text, {{"Stream-Seq", "a"}}), "x").code() ==
              "STREAM_SEQ_REGRESSION");
        CHECK(ask(of, "POST", produced, claim("p", 1, 0), "x").status == 403);
        auto const again = ask(of, "POST", produced, claim("p", 2, 1), "x");
        CHECK(again.status == 204);
        CHECK(again["Producer-Seq"] == "1");
        CHECK(ask(of, "POST", produced, claim("p", 2, 3), "x")["Producer-Expected-Seq"] == "2");
        CHECK(ask(of, "GET", produced).body == "p0 p1");
        CHECK(ask(of, "GET", closed)["Stream-Closed"] == "true");
        CHECK(ask(of, "POST", closed, k_text, "x").code() == "STREAM_CLOSED");
        CHECK(ask(of, "POST", closed, with(claim("q", 0, 0), {{"Stream-Closed", "true"}}), ".")
                  .status == 204);
        CHECK(ask(of, "HEAD", timed)["Stream-TTL"] == "1234");
        CHECK(ask(of, "HEAD", dated)["Stream-Expires-At"] == "2040-01-02T03:04:05.678Z");
        CHECK(ask(of, "HEAD", deleted).status == 404);
        CHECK(ask(of, "GET", source).status == 410);
        CHECK(ask(of, "POST", source, k_json, "5").status == 410);
        CHECK(ask(of, "PUT", source, k_json).status == 409);
        CHECK(ask(of, "GET", fork).body == "[1,2,4]");
    }

    ServerUnderTest const& server;
    std::string plain = fresh_path("plain"), produced = fresh_path("produced"),
                closed = fresh_path("closed"), timed = fresh_path("timed"),
                dated = fresh_path("dated"), brief = fresh_path("brief"),
                deleted = fresh_path("deleted"), source = fresh_path("source"),
                fork = fresh_path("fork");
    std::string tail;
    std::string etag;
};

} // namespace

TEST_CASE("restart: nothing acknowledged is lost, nothing deleted comes back") {
    ServerUnderTest server;
    World const world(server);
    world.check();
    auto const etag = ask(server, "GET", world.plain)["ETag"];
    CHECK(server.stop().exit_code == 0);
    server.start();
    world.check();
    // A sliding window that ran out while the server was down begins once more, at most.
    CHECK(eventually([&] { return ask(server, "HEAD", world.brief).status == 404; }, Wait{4000}));
    CHECK(ask(server, "GET", world.plain, {{"If-None-Match", etag}}).status == 304);
    server.kill();
    server.start();
    world.check();

    // The last fork goes: its source is collected, and the name is free.
    CHECK(ask(server, "DELETE", world.fork).status == 204);
    CHECK(eventually([&] { return ask(server, "HEAD", world.source).status == 404; }, Wait{5000}));
    server.kill();
    server.start();
    CHECK(ask(server, "HEAD", world.source).status == 404);
    CHECK(ask(server, "HEAD", world.fork).status == 404);
    CHECK(ask(server, "PUT", world.source, k_text).status == 201);
}

TEST_CASE("restart: offsets go on where they were, and old ones still mean the same") {
    ServerUnderTest server({"--rotate-messages", "4"});
    auto const path = fresh_path("offsets");
    REQUIRE(ask(server, "PUT", path, k_json).status == 201);
    std::vector<std::string> after;
    for (int i = 0; i < 24; ++i) {
        if (i == 8) server.kill();
        if (i == 16) server.stop();
        if (!server.running()) server.start();
        auto const reply = ask(server, "POST", path, k_json, std::to_string(i));
        REQUIRE(reply.status == 204);
        if (!after.empty()) CHECK(after.back() < reply["Stream-Next-Offset"]);
        after.push_back(reply["Stream-Next-Offset"]);
    }
    for (std::size_t i = 0; i + 1 < after.size(); ++i)
        CHECK(ask(server, "GET", path + "?limit=1&offset=" + after[i]).body ==
              "[" + std::to_string(i + 1) + "]");
}

TEST_CASE("restart: a stream made again after a delete is another stream, restarted or not") {
    ServerUnderTest server;
    auto const path = create_text(server, "generations", "old");
    REQUIRE(ask(server, "POST", path, claim("p", 0, 0), "x").status == 200);
    auto const etag = ask(server, "GET", path)["ETag"];
    REQUIRE(ask(server, "DELETE", path).status == 204);
    server.kill();
    server.start();
    REQUIRE(ask(server, "PUT", path, k_text, "oldx").status == 201);
    auto const read = ask(server, "GET", path, {{"If-None-Match", etag}});
    CHECK(read.status == 200);
    CHECK(read.body == "oldx");
    CHECK(ask(server, "POST", path, claim("p", 0, 0), "!").status == 200);
}

TEST_CASE("restart: many producers, each remembered") {
    ServerUnderTest server({"--durability", "os"});
    auto const path = create_text(server, "producers");
    int const producers = 2000;
    auto const everyone = [&](int status) {
        Wire wire(server.port());
        std::string all;
        for (int i = 0; i < producers; ++i)
            all += request("POST", path, claim("producer-" + std::to_string(i), 0, 0), "x");
        wire.send(all);
        int matching = 0;
        for (int i = 0; i < producers; ++i)
            matching += wire.reply().status == status ? 1 : 0;
        return matching;
    };
    CHECK(everyone(200) == producers);
    CHECK(everyone(204) == producers);
    server.stop();
    server.start();
    CHECK(everyone(204) == producers);
    CHECK(ask(server, "GET", path).body == std::string(producers, 'x'));
}

TEST_CASE("restart: a second server on the same directory is refused, the first goes on") {
    auto const data = std::make_shared<ds::TempDir>();
    ServerUnderTest first({}, data);
    auto const path = create_text(first, "first", "kept");
    auto const directory = data->path() + "/data";
    auto const second = run_ds({"serve", "--data", directory, "--listen", "127.0.0.1:0"});
    CHECK(second.how.exit_code == 5);
    CHECK_MESSAGE(second.output.find(directory) != std::string::npos, second.output);
    CHECK(second.output.find("listening") == std::string::npos);
    CHECK(ask(first, "GET", path).body == "kept");
}

TEST_CASE("restart: a port that is taken, or a directory that cannot be, is said clearly") {
    ServerUnderTest first;
    ds::TempDir scratch;
    auto const data = scratch.path() + "/data";
    auto const taken = std::to_string(first.port());
    auto const clash = run_ds({"serve", "--data", data, "--listen", "127.0.0.1:" + taken});
    CHECK(clash.how.exit_code == 1);
    CHECK_MESSAGE(clash.output.find(taken) != std::string::npos, clash.output);
    auto const nowhere =
        run_ds({"serve", "--data", "/proc/no/such/directory", "--listen", "127.0.0.1:0"});
    CHECK(nowhere.how.exit_code == 1);
    CHECK(nowhere.output.find("/proc/no/such/directory") != std::string::npos);
}
