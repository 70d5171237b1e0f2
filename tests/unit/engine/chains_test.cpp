// Promises of engine/chains: copies and steps of one append have a bound, whatever is subscribed.
#include "engine/chains.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace ds;

namespace {

struct Net {
    Roster roster;
    std::vector<std::shared_ptr<Stream>> streams; // the first is no estuary

    Net() { streams.push_back(stream()); }
    std::shared_ptr<Stream> stream() {
        StreamRecord record;
        record.id = static_cast<std::int64_t>(streams.size()) + 1;
        auto const name = "s" + std::to_string(record.id);
        record.name = "p/" + name;
        record.content_type = "text/plain";
        return std::make_shared<Stream>(record, *make_stream_name("p", name), nullptr);
    }
    std::size_t add_estuary() {
        streams.push_back(stream());
        roster.add_estuary(streams.back());
        return streams.size() - 1;
    }
    void subscribe(std::size_t source, std::size_t estuary) {
        roster.subscribe(streams[source], streams[estuary], Head{}, {});
    }
    bool fits(std::size_t source, std::size_t estuary, std::uint64_t most) {
        return chain_fits(roster, *streams[source], streams[estuary].get(), most);
    }
};

} // namespace

TEST_CASE("chains: a chain has so many steps, from both ends") {
    Net net;
    std::size_t last = 0;
    for (unsigned step = 0; step < k_chain_steps_max; ++step) {
        auto const next = net.add_estuary();
        CHECK(net.fits(last, next, 100));
        net.subscribe(last, next);
        last = next;
    }
    auto const more = net.add_estuary();
    CHECK_FALSE(net.fits(last, more, 100));
    CHECK_FALSE(chain_fits(net.roster, *net.streams[last], nullptr, 100));
    CHECK(net.fits(last - 1, more, 100));
    // Another beginning of the same chain.
    CHECK(net.fits(more, 1, 100));
    net.subscribe(more, 1);
    auto const above = net.add_estuary();
    CHECK_FALSE(net.fits(above, more, 100));
    CHECK(net.fits(above, 2, 100));
}

TEST_CASE("chains: every way to an estuary counts, and no number wraps around") {
    Net net;
    std::vector<std::size_t> before{0};
    std::uint64_t copies = 0;
    std::uint64_t ways = 1;
    // Two estuaries a step, each fed by both of the step before.
    for (unsigned step = 0; step < 4; ++step) {
        std::vector<std::size_t> here{net.add_estuary(), net.add_estuary()};
        for (auto const estuary : here) {
            for (auto const source : before) {
                copies += ways;
                CHECK(net.fits(source, estuary, copies));
                CHECK_FALSE(net.fits(source, estuary, copies - 1));
                net.subscribe(source, estuary);
            }
        }
        ways *= step == 0 ? 1 : 2;
        before = here;
    }
    // A wide and deep net: 40 estuaries on each of six steps are 4 thousand million ways.
    Net wide;
    std::vector<std::size_t> layer{0};
    bool refused = false;
    for (unsigned step = 0; step < 6; ++step) {
        std::vector<std::size_t> here;
        for (int i = 0; i < 40; ++i)
            here.push_back(wide.add_estuary());
        for (auto const source : layer)
            for (auto const estuary : here) {
                if (wide.fits(source, estuary, 100'000))
                    wide.subscribe(source, estuary);
                else
                    refused = true;
                if (refused) break;
            }
        if (refused) break;
        layer = here;
    }
    CHECK(refused);
}
