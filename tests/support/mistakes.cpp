// Requests that are wrong by themselves, whatever the stream's state.
#include "support/operations.h"

#include <array>

namespace ds {

namespace {

constexpr std::string_view k_zero = "0000000000000000_0000000000000000";
constexpr std::string_view k_beyond = "9999999999999999_9999999999999999";
constexpr char const* k_instant = "2091-02-03T04:05:06Z";

} // namespace

void Operations::make_malformed_put(Operation& ask) {
    ask.malformed = true;
    switch (dice_.below(5)) {
    case 0:
        ask.ttl = "3600";
        ask.expires = k_instant;
        ask.malformed_code = "TTL_EXPIRES_MUTUALLY_EXCLUSIVE";
        break;
    case 1: {
        constexpr std::array<char const*, 6> k_bad{"-5", "+60", "060", "60.5", "1e3", "abc"};
        ask.ttl = dice_.pick(k_bad);
        ask.expires.clear();
        ask.malformed_code = "INVALID_TTL";
        break;
    }
    case 2:
        ask.ttl.clear();
        ask.expires = "next tuesday";
        ask.malformed_code = "INVALID_EXPIRES_AT";
        break;
    case 3:
        ask.fork_from.reset();
        ask.fork_offset.reset();
        ask.fork_sub_offset = "0";
        break;
    default: {
        constexpr std::array<char const*, 5> k_bad{"05", "+1", "-1", "1.5", "abc"};
        ask.fork_from = ask.name;
        ask.fork_offset = k_zero;
        ask.fork_sub_offset = dice_.pick(k_bad);
    }
    }
}

void Operations::make_malformed_post(Operation& ask) {
    ask.malformed = true;
    ask.producer.reset();
    switch (dice_.below(4)) {
    case 0:
        ask.extra_headers = {{"Producer-Id", "alpha"}};
        ask.malformed_code = "PRODUCER_HEADERS_INCOMPLETE";
        break;
    case 1:
        ask.extra_headers = {{"Producer-Id", "alpha"}, {"Producer-Epoch", "0"}};
        ask.malformed_code = "PRODUCER_HEADERS_INCOMPLETE";
        break;
    case 2:
        ask.extra_headers = {
            {"Producer-Id", "alpha"}, {"Producer-Epoch", "0"}, {"Producer-Seq", "1e3"}};
        ask.malformed_code = "PRODUCER_EPOCH_SEQ_NOT_INTEGERS";
        break;
    default:
        ask.extra_headers = {{"Producer-Id", "alpha"},
                             {"Producer-Epoch", "9007199254740992"},
                             {"Producer-Seq", "0"}};
        ask.malformed_code = "PRODUCER_EPOCH_SEQ_OVERFLOW";
    }
}

// Reads of places that nobody was told of, and such as are refused.
void Operations::make_odd_read(ModelStream const& stream, Operation& ask) {
    ask.malformed = true;
    ask.malformed_code = "INVALID_OFFSET";
    constexpr std::array<char const*, 8> k_bad{"abc",
                                               "0_0",
                                               "-2",
                                               "%20",
                                               "1_2_3",
                                               "NOW",
                                               "0000000000000000-0000000000000000",
                                               "0000000000000000_000000000000000a"};
    ask.offset = dice_.pick(k_bad);
    switch (dice_.below(9)) {
    case 0: return;
    case 1:
        ask.offset = "";
        ask.malformed_code = "EMPTY_QUERY_PARAM";
        return;
    case 2: // past the tail, far or near
    case 3:
        ask.malformed = false;
        ask.beyond = true;
        ask.from = stream.tail();
        ask.offset = k_beyond;
        if (auto near = stream.spell(stream.tail()); near.back() != '9' && dice_.in_hundred(50)) {
            ++near.back();
            ask.offset = near;
        }
        return;
    case 4: // live without a place to start at
        ask.offset.reset();
        ask.long_poll = true;
        ask.malformed_code = "OFFSET_REQUIRED";
        return;
    case 5:
        ask.offset = dice_.in_hundred(50) ? "-1&limit=0" : "-1&limit=many";
        ask.malformed_code = "INVALID_LIMIT";
        return;
    case 6:
        ask.offset = "-1&offset=-1";
        ask.malformed_code = "REPEATED_QUERY_PARAM";
        return;
    case 7: // of a stream that had this name before
        if (stream.first_segment == 0 || !stream.source.empty()) return;
        ask.offset = spell_token(stream.first_segment - 1, dice_.between(1, 9));
        ask.malformed_status = 410;
        ask.malformed_code = "OFFSET_OF_EARLIER_STREAM";
        return;
    default: // a full segment's end or more, spelled as a place in that segment: its last message
        if (stream.segments.size() < 2) return;
        auto const which = dice_.below(stream.segments.size() - 1);
        auto const next = stream.segments[which + 1];
        ask.malformed = false;
        ask.offset = spell_token(stream.first_segment + which,
                                 next - stream.segments[which] + dice_.below(3));
        ask.from = stream.message_at(next - 1);
    }
}

} // namespace ds
