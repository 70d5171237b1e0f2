// Pages end at message borders, within their bound, and never skip or repeat.
#include "engine/page.h"
#include "engine/page_cache.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace ds {

namespace {

struct Rows {
    std::vector<Piece> pieces;
    std::vector<RowPtr> rows;
    bool json;
    PageForm form = json ? PageForm::json : PageForm::bytes;

    void add(std::vector<std::string> const& messages) {
        auto row = std::make_shared<Row>();
        auto const last = rows.empty() ? nullptr : rows.back();
        row->seq = static_cast<std::int64_t>(rows.size()) + 1;
        row->start = last ? last->start + last->length : 0;
        row->count = static_cast<std::uint32_t>(messages.size());
        row->time_ms = 1000 + row->seq;
        std::string body;
        for (auto const& message : messages) {
            if (json && !body.empty()) body += ",";
            body += message;
            row->lengths.push_back(static_cast<std::uint32_t>(message.size()));
        }
        row->length = json ? messages.size() : body.size();
        if (messages.size() <= 1) row->lengths.clear();
        row->body = Bytes(std::move(body));
        rows.push_back(row);
        pieces.emplace_back();
    }
    Cut cut(std::uint64_t from, std::uint64_t limit = k_no_limit) const {
        return cut_page(pieces, rows, from, limit, form);
    }
};

// Of a stream of JSON, where each position is a message.
Page page_from_to(Head const& head, std::uint64_t from, std::uint64_t end, std::size_t bytes) {
    Page page;
    page.body = Bytes(std::string(bytes, 'x'));
    page.start = from;
    page.end = end;
    page.messages = end - from;
    page.head = head;
    return page;
}

} // namespace

TEST_CASE("page: JSON messages come as one array, from any message on") {
    Rows log{{}, {}, true};
    log.add({"1", "{\"a\":2}"});
    log.add({"3"});
    CHECK(log.cut(0).body.view() == "[1,{\"a\":2},3]");
    CHECK(log.cut(1).body.view() == "[{\"a\":2},3]");
    CHECK(log.cut(2).body.view() == "[3]");
    CHECK(log.cut(0).end == 3);
    CHECK(log.cut(0).time_ms == 1002);
}

TEST_CASE("page: a limit counts messages, also inside an append") {
    Rows log{{}, {}, true};
    log.add({"1", "2", "3"});
    log.add({"4", "5"});
    CHECK(log.cut(0, 2).body.view() == "[1,2]");
    CHECK(log.cut(2, 2).body.view() == "[3,4]");
    CHECK(log.cut(2, 2).end == 4);
    CHECK(log.cut(4, 2).body.view() == "[5]");
}

TEST_CASE("page: a close without data adds nothing, not even a comma") {
    Rows log{{}, {}, true};
    log.add({"1"});
    log.add({});
    CHECK(log.cut(0).body.view() == "[1]");
}

TEST_CASE("page: it holds what fits, and at least one message") {
    Rows log{{}, {}, false};
    log.add({std::string(200'000, 'a')});
    log.add({std::string(200'000, 'b')});
    log.add({std::string(200'000, 'c')});
    log.add({std::string(600'000, 'd')});
    CHECK(log.cut(0).end == 400'000);
    CHECK(log.cut(400'000).end == 600'000);
    CHECK(log.cut(600'000).end == 1'200'000);
    CHECK(log.cut(600'000).body.size() == 600'000);
}

TEST_CASE("page: bytes fill it to the last one; one append alone is shared, not copied") {
    Rows log{{}, {}, false};
    for (int i = 0; i < 9; ++i)
        log.add({std::string(65'536, static_cast<char>('a' + i))});
    log.add({std::string(1'000'000, 'x')});
    log.add({"y"});
    CHECK(log.cut(0).body.size() == k_page_bytes_max);
    CHECK(log.cut(524'288).end == 589'824);
    Rows rest{{}, {log.rows[9], log.rows[10]}, false};
    rest.pieces.resize(2);
    auto const large = rest.cut(589'824);
    CHECK(large.body.data() == log.rows[9]->body.data());
    CHECK(large.end == 1'589'824);
    CHECK(large.time_ms == 1010);
    CHECK(rest.cut(589'825).body.size() == 1'000'000);
    rest.pieces.pop_back();
    rest.rows.pop_back();
    rest.pieces[0].until = 662'144;
    CHECK(rest.cut(589'824).body.size() == 72'320);
}

TEST_CASE("page: an append larger than a page is split between its messages") {
    Rows log{{}, {}, true};
    std::vector<std::string> messages(800, "\"" + std::string(1000, 'x') + "\"");
    log.add(messages);
    auto const first = log.cut(0);
    CHECK(first.body.size() <= k_page_bytes_max);
    CHECK(first.end < 800);
    auto const second = log.cut(first.end);
    CHECK(second.end == 800);
}

TEST_CASE("page: inside a message all of it comes, and a fork's piece ends at its point") {
    Rows log{{}, {}, false};
    log.add({"hello"});
    log.add({"world"});
    CHECK(log.cut(3).body.view() == "helloworld");
    log.pieces[0].until = 4;
    log.pieces.pop_back();
    log.rows.pop_back();
    CHECK(log.cut(1).body.view() == "hell");
    CHECK(log.cut(1).end == 4);
}

TEST_CASE("page: it knows how many messages it has, however it was cut") {
    for (auto const form : {PageForm::json, PageForm::bytes}) {
        Rows log{{}, {}, form == PageForm::json};
        log.add({"1", "2"});
        CHECK(log.cut(0).messages == 2); // of bytes, the row as it stands
        CHECK(log.cut(1).messages == 1);
        log.add({"3"});
        CHECK(log.cut(0).messages == 3);
        CHECK(log.cut(0, 1).messages == 1);
    }
}

TEST_CASE("page cache: small pages count for what they cost, so that the bound is one") {
    PageCache cache(100'000);
    Head head;
    head.end = 2000;
    for (std::uint64_t from = 0; from < 1000; ++from)
        cache.add(1, from, 1, page_from_to(head, from, from + 1, 3));
    int kept = 0;
    for (std::uint64_t from = 0; from < 1000; ++from)
        kept += cache.find(1, from, 1, head) ? 1 : 0;
    CHECK(kept > 0);
    CHECK(kept < 300);
    CHECK(cache.find(1, 999, 1, head));
}

TEST_CASE("page cache: limits that cut nothing share one page") {
    PageCache cache(10'000'000);
    Head head;
    head.end = 100;
    cache.add(1, 0, 1000, page_from_to(head, 0, 50, 600));
    auto const* const bytes = cache.find(1, 0, k_no_limit, head)->body.data();
    for (std::uint64_t const limit : {50U, 51U, 1000U, 1001U}) {
        REQUIRE(cache.find(1, 0, limit, head));
        CHECK(cache.find(1, 0, limit, head)->body.data() == bytes);
    }
    CHECK_FALSE(cache.find(1, 0, 49, head));
    CHECK_FALSE(cache.find(1, 1, 50, head));
    CHECK_FALSE(cache.find(2, 0, 50, head));
    cache.add(1, 0, 10, page_from_to(head, 0, 10, 100)); // the limit cut this one
    CHECK(cache.find(1, 0, 10, head)->end == 10);
    CHECK(cache.find(1, 0, 50, head)->end == 50);
    CHECK_FALSE(cache.find(1, 0, 11, head));
}

TEST_CASE("page cache: a large page at the tail holds as long as that is the tail") {
    PageCache cache(10'000'000);
    Head head;
    head.end = 10;
    cache.add(1, 0, 1000, page_from_to(head, 0, 10, PageCache::k_tail_from - 1));
    CHECK_FALSE(cache.find(1, 0, 1000, head)); // not worth it
    cache.add(1, 0, 10, page_from_to(head, 0, 10, PageCache::k_tail_from));
    for (std::uint64_t const limit : {std::uint64_t{10}, std::uint64_t{11}, k_no_limit})
        CHECK(cache.find(1, 0, limit, head));
    auto closed = head;
    closed.closed = true;
    closed.tail = Offset{1, 0};
    REQUIRE(cache.find(1, 0, 10, closed));
    CHECK(cache.find(1, 0, 10, closed)->closed());
    CHECK(cache.find(1, 0, 10, closed)->next == closed.tail);

    auto grown = head;
    grown.end = 11;
    CHECK_FALSE(cache.find(1, 0, k_no_limit, grown));
    cache.add(1, 0, k_no_limit, page_from_to(grown, 0, 11, PageCache::k_tail_from));
    CHECK(cache.find(1, 0, k_no_limit, grown)->end == 11);
    cache.add(1, 0, k_no_limit, page_from_to(head, 0, 10, PageCache::k_tail_from)); // comes late
    CHECK(cache.find(1, 0, k_no_limit, grown)->end == 11);
    // There was no room for more: now it is history, and stays.
    grown.end = 12;
    cache.add(1, 0, k_no_limit, page_from_to(grown, 0, 11, PageCache::k_tail_from));
    grown.end = 13;
    CHECK(cache.find(1, 0, k_no_limit, grown)->end == 11);
}

TEST_CASE("page: a place inside a message means its beginning") {
    Rows log{{}, {}, false};
    log.add({"abcde"});
    log.add({"one,", "two,", "three"});
    auto const starts = [&](std::uint64_t from) { return log.cut(from).start; };
    for (std::uint64_t from = 0; from < 5; ++from)
        CHECK(starts(from) == 0);
    CHECK(log.cut(3).body.view() == "abcdeone,two,three");
    CHECK(log.cut(3, 1).end == 5);
    CHECK(starts(5) == 5);
    CHECK(starts(8) == 5);
    CHECK(starts(9) == 9);
    CHECK(log.cut(12).body.view() == "two,three");
    CHECK(log.cut(17).body.view() == "three");
    // A fork sees a message as far as it goes.
    log.pieces[1].until = 11;
    CHECK(log.cut(10).body.view() == "tw");
}

TEST_CASE("page: a page of text may begin before a character that its message does not finish") {
    Rows log{{}, {}, false, PageForm::text};
    log.add({"a\xf0\x9f"});
    log.add({"\x98\x80"
             "b"});
    CHECK(log.cut(1).start == 1);
    CHECK(log.cut(1).body.view() == "\xf0\x9f\x98\x80"
                                    "b");
    CHECK(log.cut(2).start == 0); // within the character: nobody was told of that
    CHECK(log.cut(4).start == 3);
    log.form = PageForm::bytes;
    CHECK(log.cut(1).start == 0);
}

TEST_CASE("page: less than a character is no page of text, however large what follows is") {
    Rows log{{}, {}, false, PageForm::text};
    log.add({"\xf0"});
    log.add({"\x9f"});
    log.add({"\x98\x80" + std::string(k_page_bytes_max, 'x')});
    log.add({"next"});
    CHECK(log.cut(0).body.size() == k_page_bytes_max + 4);
    CHECK(log.cut(1).body.size() == k_page_bytes_max + 3);
}

} // namespace ds
