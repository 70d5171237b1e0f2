// Keys of segments, ours and the reference system's: both ways, and what is no key.
#include "format/reference_segment.h"
#include "format/segment_key.h"
#include "model/stream_name.h"
#include "storage/object_store.h"
#include "support/sure.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace ds {

namespace {

constexpr std::string_view k_home = "0123456789abcdef";

StreamRecord stream(std::string name, std::int64_t id = 42) {
    StreamRecord record;
    record.id = id;
    record.name = std::move(name);
    return record;
}

// The longest name there is: three-byte letters.
std::string longest_name() {
    std::string name = std::string(k_project_bytes_max, 'p') + "/";
    while (name.size() + 3 <= k_project_bytes_max + 1 + k_stream_bytes_max)
        name += "\xe2\x82\xac";
    return name;
}

} // namespace

TEST_CASE("segment key: the keys are these") {
    auto const record = stream("acme/orders");
    CHECK(segment_folder(k_home, record) == "stream/acme/YWNtZS9vcmRlcnM/0123456789abcdef-42/");
    CHECK(segment_key(k_home, record, 7) ==
          "stream/acme/YWNtZS9vcmRlcnM/0123456789abcdef-42/segment-0000000000000007.seg");
    CHECK(deleted_marker_key(k_home, record) ==
          "stream/acme/YWNtZS9vcmRlcnM/0123456789abcdef-42/deleted");
}

TEST_CASE("segment key: a key says what it was made of, however long the name is") {
    for (auto const& name : {std::string("p/s"), std::string("_default/a/b?c=d"),
                             std::string("acme/\xf0\x9f\x8c\x8a"), longest_name()}) {
        for (std::uint64_t const number :
             {std::uint64_t{0}, std::uint64_t{9'999'999'999'999'999}}) {
            auto const record = stream(name, INT64_MAX);
            auto const key = segment_key(k_home, record, number);
            auto const parsed = test::sure(parse_segment_key(key));
            CHECK(parsed->name == name);
            CHECK(parsed->home == k_home);
            CHECK(parsed->stream == INT64_MAX);
            CHECK(parsed->number == number);
            auto const marker = test::sure(parse_segment_key(deleted_marker_key(k_home, record)));
            CHECK(marker->name == name);
            CHECK_FALSE(marker->number);
        }
    }
}

TEST_CASE("segment key: the longest name fits into a key of the object store") {
    // Ids of eleven digits: a thousand new streams a second, for three years.
    auto const key = segment_key(k_home, stream(longest_name(), 99'999'999'999), 0);
    CHECK(key.size() <= k_object_key_max);
}

TEST_CASE("segment key: an identity may have dashes") {
    auto const parsed = test::sure(parse_segment_key(segment_key("a-b", stream("p/s", 3), 1)));
    CHECK(parsed->home == "a-b");
    CHECK(parsed->stream == 3);
}

TEST_CASE("segment key: what is spelled otherwise is no key of ours") {
    std::string const folder = "stream/acme/YWNtZS9vcmRlcnM/0123456789abcdef-42/";
    REQUIRE(parse_segment_key(folder + "segment-0000000000000007.seg"));
    for (auto const* file :
         {"", "x", "deleted/", "Deleted", "segment-7.seg", "segment-.seg", "segment-.se",
          "segment-00000000000000007.seg", "segment-000000000000000x.seg",
          "segment-0000000000000007.seg/", "segment-0000000000000007.segx", "segment-",
          "segment-0000000000000007.seg.tmp", "/segment-0000000000000007.seg"}) {
        CAPTURE(file);
        CHECK_FALSE(parse_segment_key(folder + file));
    }
    REQUIRE(parse_segment_key("stream/acme/YWNtZS9vcmRlcnM/h-42/deleted"));
    for (auto const* key :
         {"", "stream", "stream/", "/stream/acme/YWNtZS9vcmRlcnM/h-42/deleted",
          "streams/acme/YWNtZS9vcmRlcnM/h-42/deleted", "stream/other/YWNtZS9vcmRlcnM/h-42/deleted",
          "stream/acme/YWNtZS9vcmRlcnM=/h-42/deleted", "stream/acme//h-42/deleted",
          "stream/acme/YWNtZQ/h-42/deleted",  // "acme"
          "stream/acme/YWNtZS8/h-42/deleted", // "acme/"
          "stream/acme/YWNtZS9vcmRlcnM/h/deleted", "stream/acme/YWNtZS9vcmRlcnM/h-/deleted",
          "stream/acme/YWNtZS9vcmRlcnM/-42/deleted", "stream/acme/YWNtZS9vcmRlcnM/h-042/deleted",
          "stream/acme/YWNtZS9vcmRlcnM/h-9223372036854775808/deleted",
          "stream/YWNtZS9vcmRlcnM/segment-7.seg"}) { // the reference system's
        CAPTURE(key);
        CHECK_FALSE(parse_segment_key(key));
    }
}

TEST_CASE("reference segment: messages come one by one, where they lie") {
    std::string const object("\x00\x00\x00\x03one\x00\x00\x00\x00\x00\x00\x00\x02\xff\x00", 17);
    ReferenceMessages messages(object);
    for (auto const& wanted : {std::string("one"), std::string(), std::string("\xff\x00", 2)}) {
        auto const message = test::sure(messages.next());
        REQUIRE(*message);
        CHECK(**message == wanted);
    }
    for (int again = 0; again < 2; ++again) {
        auto const end = test::sure(messages.next());
        CHECK_FALSE(*end);
    }
    auto const none = test::sure(ReferenceMessages("").next());
    CHECK_FALSE(*none);
}

TEST_CASE("reference segment: a frame cut off is truncated, one too long is corrupt") {
    std::string const object("\x00\x00\x00\x03one", 7);
    for (std::size_t size = 1; size < object.size(); ++size) {
        ReferenceMessages messages(std::string_view(object).substr(0, size));
        CHECK(test::failed_as(messages.next()) == Fault::truncated);
        auto const after = test::sure(messages.next());
        CHECK_FALSE(*after);
    }
    auto const fault_of = [](std::string_view length) {
        auto const message = ReferenceMessages(length).next();
        REQUIRE_FALSE(message);
        return message.error().fault;
    };
    CHECK(fault_of(std::string_view("\x04\x00\x00\x00", 4)) == Fault::truncated);
    CHECK(fault_of(std::string_view("\x04\x00\x00\x01", 4)) == Fault::corrupt);
    CHECK(fault_of("\xff\xff\xff\xff") == Fault::corrupt);
}

TEST_CASE("reference segment: keys both ways") {
    CHECK(reference_segment_key({"acme/orders", 12}) == "stream/YWNtZS9vcmRlcnM/segment-12.seg");
    for (auto const& name : {std::string("p/s"), longest_name()}) {
        ReferenceKey const key{name, 1'000'000};
        auto const parsed = test::sure(parse_reference_segment_key(reference_segment_key(key)));
        CHECK(*parsed == key);
    }
    for (auto const* text :
         {"", "stream/.seg", "stream/segment-1.seg", "stream//segment-1.seg",
          "stream/YWNtZS9vcmRlcnM/segment-.seg", "stream/YWNtZS9vcmRlcnM/segment-01.seg",
          "stream/YWNtZS9vcmRlcnM=/segment-1.seg", "stream/YWNtZS9vcmRlcnM/segment-1.seg.bak",
          "streams/YWNtZS9vcmRlcnM/segment-1.seg", "stream/YWNtZS9vcmRlcnM/x/segment-1.seg"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_reference_segment_key(text));
    }
    CHECK_FALSE(parse_reference_segment_key(segment_key(k_home, stream("acme/orders"), 7)));
}

} // namespace ds
