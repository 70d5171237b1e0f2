// Promises of client/line_batches.
#include "client/line_batches.h"
#include "fakes/manual_clock.h"
#include "support/sure.h"

#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <vector>

using namespace ds;
using ds::test::ManualClock;

namespace {

// Hands out one piece per read, and pauses after each that is marked so.
class PiecedSource final : public ByteSource {
public:
    struct Piece {
        std::string bytes;
        bool pause = false;
    };
    explicit PiecedSource(std::deque<Piece> pieces) : pieces_(std::move(pieces)) {}

    Result<std::size_t> read(char* into, std::size_t most) override {
        if (pieces_.empty()) return std::size_t{0};
        auto piece = pieces_.front();
        pieces_.pop_front();
        paused_ = piece.pause;
        REQUIRE(piece.bytes.size() <= most);
        std::copy(piece.bytes.begin(), piece.bytes.end(), into);
        return piece.bytes.size();
    }
    bool ready_within(std::chrono::milliseconds) override { return !paused_; }

private:
    std::deque<Piece> pieces_;
    bool paused_ = false;
};

std::vector<LineBatch> all_of(ByteSource& source, LineForm form) {
    ManualClock clock;
    LineBatches batches(source, form, clock);
    std::vector<LineBatch> all;
    for (;;) {
        auto batch = test::sure(batches.next());
        all.push_back(*batch);
        if (all.back().last) return all;
    }
}

} // namespace

TEST_CASE("line batches: a batch is halved into batches, with the numbers of its lines") {
    ManualClock const clock;
    for (auto const form : {LineForm::json, LineForm::bytes}) {
        MemorySource source("1\n\n22\n333\n");
        auto const batch = test::sure(LineBatches(source, form, clock).next());
        auto const first = half_of(*batch, form, Half::first);
        auto const second = half_of(*batch, form, Half::second);
        bool const json = form == LineForm::json;
        CHECK(first.body == (json ? "[1]" : "1\n\n"));
        CHECK(second.body == (json ? "[22,333]" : "22\n333\n"));
        CHECK(first.lines + second.lines == batch->lines);
        CHECK(!first.last);
        CHECK(second.last);
        CHECK(second.each.front().number == 3);
        auto const end = half_of(second, form, Half::second);
        CHECK(end.body == (json ? "[333]" : "333\n"));
        CHECK(end.each.front().number == 4);
    }
}

TEST_CASE("line batches: the bodies together are the bytes of the input") {
    std::string input;
    for (int i = 0; i < 60'000; ++i)
        input += std::string(static_cast<std::size_t>(i % 90), 'x') + "\n";
    input += "\r\n\n no newline at the end";
    MemorySource source(input);
    std::string sent;
    std::uint64_t lines = 0;
    auto const all = all_of(source, LineForm::bytes);
    for (auto const& batch : all) {
        CHECK(batch.body.size() <= LineBatches::k_bytes_max);
        CHECK(batch.lines <= LineBatches::k_lines_max);
        sent += batch.body;
        lines += batch.lines;
    }
    CHECK(sent == input);
    CHECK(lines == 60'003);
    CHECK(all.size() > 2);
}

TEST_CASE("line batches: a pause of the source sends what is there, whole lines only") {
    PiecedSource source({{"one\ntw", true}, {"o\nthree\n", true}, {"four", false}});
    auto const all = all_of(source, LineForm::bytes);
    REQUIRE(all.size() == 3);
    CHECK(all[0].body == "one\n");
    CHECK(all[1].body == "two\nthree\n");
    CHECK(all[2].body == "four");
}

TEST_CASE("line batches: a steady trickle does not wait longer than the age limit") {
    struct AgingSource final : ByteSource {
        explicit AgingSource(ManualClock& c) : clock(c) {}
        ManualClock& clock;
        Result<std::size_t> read(char* into, std::size_t) override {
            into[0] = 'x';
            into[1] = '\n';
            return std::size_t{2};
        }
        bool ready_within(std::chrono::milliseconds) override {
            clock.advance(std::chrono::milliseconds(1));
            return true;
        }
    };
    ManualClock clock;
    AgingSource source(clock);
    LineBatches batches(source, LineForm::bytes, clock);
    auto const batch = test::sure(batches.next());
    CHECK(batch->lines >= 40);
    CHECK(batch->lines <= 60);
}

TEST_CASE("line batches: JSON lines become one array, byte for byte, without blank lines") {
    MemorySource source("{\"a\": 1.0}\r\n\n \t\n[1,2]\n 12345678901234567890 ");
    auto const all = all_of(source, LineForm::json);
    REQUIRE(all.size() == 1);
    CHECK(all[0].body == "[{\"a\": 1.0},[1,2],12345678901234567890]");
    CHECK(all[0].lines == 3);
}

TEST_CASE("line batches: a line that is no document is named, after the lines before it") {
    for (std::string const bad : {"1,2", "{", "nope", "1 2", "]["}) {
        CAPTURE(bad);
        auto const input = "1\n2\n" + bad + "\n4\n";
        MemorySource source(input);
        ManualClock clock;
        LineBatches batches(source, LineForm::json, clock);
        auto const first = test::sure(batches.next());
        CHECK(first->body == "[1,2]");
        CHECK(!first->last);
        auto const second = batches.next();
        REQUIRE(!second);
        CHECK(second.error().fault == Fault::invalid);
        CHECK(second.error().what.starts_with("line 3: "));
    }
}

TEST_CASE("line batches: no input is one empty last batch") {
    MemorySource source("");
    auto const all = all_of(source, LineForm::json);
    REQUIRE(all.size() == 1);
    CHECK(all[0].body.empty());
}

TEST_CASE("line batches: a line beyond the limit is an error, not a crash") {
    struct Endless final : ByteSource {
        Result<std::size_t> read(char* into, std::size_t most) override {
            std::fill(into, into + most, 'x');
            return most;
        }
        bool ready_within(std::chrono::milliseconds) override { return true; }
    };
    Endless source;
    ManualClock clock;
    LineBatches batches(source, LineForm::bytes, clock);
    auto const batch = batches.next();
    REQUIRE(!batch);
    CHECK(batch.error().fault == Fault::invalid);
}
