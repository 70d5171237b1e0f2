// Facts, trailer, and whether they and the index agree.
#include "format/segment_footer.h"

#include "base/ensure.h"
#include "base/varint.h"
#include "format/big_endian.h"
#include "format/checksum.h"

#include <chrono>

namespace ds {

namespace {

constexpr char k_footer_version = 1;
constexpr unsigned k_has_ttl = 1;
constexpr unsigned k_has_end = 2;
constexpr unsigned k_is_fork = 4;
constexpr unsigned k_fork_asked_at = 8;
constexpr unsigned k_soft_deleted = 16;
constexpr unsigned k_footer_public = 32;
constexpr unsigned k_footer_cache_private = 64;
constexpr unsigned k_has_predecessor = 128;
constexpr unsigned k_footer_flags = 255;
constexpr std::size_t k_checksum_bytes = 16;

Error corrupt_footer(std::string what) {
    return {Fault::corrupt, "segment footer: " + std::move(what)};
}

void put_token(std::string& to, Offset token) {
    put_number(to, token.segment);
    put_number(to, token.position);
}

Offset token_of(FieldReader& fields) {
    auto const segment = fields.number();
    return {segment, fields.number()};
}

unsigned flags_of(StreamRecord const& stream) {
    return (std::holds_alternative<Ttl>(stream.lifetime) ? k_has_ttl : 0) |
           (std::holds_alternative<ExpiresAt>(stream.lifetime) ? k_has_end : 0) |
           (stream.fork ? k_is_fork : 0) |
           (stream.fork && stream.fork->asked_at ? k_fork_asked_at : 0) |
           (stream.soft_deleted ? k_soft_deleted : 0) |
           (stream.exposure.is_public ? k_footer_public : 0) |
           (stream.exposure.cache_private ? k_footer_cache_private : 0) |
           (stream.first_segment > 0 ? k_has_predecessor : 0);
}

void put_stream(std::string& to, StreamRecord const& stream, std::string_view fork_source) {
    put_signed(to, stream.id);
    put_text(to, stream.name);
    put_text(to, stream.content_type);
    put_signed(to, stream.created_ms);
    put_signed(to, stream.touched_ms);
    if (auto const* ttl = std::get_if<Ttl>(&stream.lifetime)) put_signed(to, ttl->window.count());
    if (auto const* end = std::get_if<ExpiresAt>(&stream.lifetime))
        put_signed(to, count_ms(end->instant));
    if (stream.first_segment > 0) put_number(to, stream.first_segment);
    if (!stream.fork) return;
    put_signed(to, stream.fork->source);
    put_text(to, fork_source);
    put_number(to, stream.fork->point);
    put_number(to, stream.fork->ordinal);
    put_token(to, stream.fork->at);
    put_number(to, stream.fork->asked_sub_offset);
    if (stream.fork->asked_at) put_token(to, *stream.fork->asked_at);
}

void read_stream(FieldReader& fields, unsigned flags, SegmentFacts& facts) {
    auto& stream = facts.stream;
    stream.id = fields.signed_number();
    stream.name = fields.text();
    stream.content_type = fields.text();
    stream.created_ms = fields.signed_number();
    stream.touched_ms = fields.signed_number();
    stream.soft_deleted = (flags & k_soft_deleted) != 0;
    stream.exposure = {(flags & k_footer_public) != 0, (flags & k_footer_cache_private) != 0};
    if ((flags & k_has_ttl) != 0)
        stream.lifetime = Ttl{std::chrono::seconds(fields.signed_number())};
    if ((flags & k_has_end) != 0)
        stream.lifetime = ExpiresAt{from_count_ms(fields.signed_number())};
    if ((flags & k_has_predecessor) != 0) stream.first_segment = fields.number();
    if ((flags & k_is_fork) == 0) return;
    auto& fork = stream.fork.emplace();
    fork.source = fields.signed_number();
    facts.fork_source = fields.text();
    fork.point = fields.number();
    fork.ordinal = fields.number();
    fork.at = token_of(fields);
    fork.asked_sub_offset = fields.number();
    if ((flags & k_fork_asked_at) != 0) fork.asked_at = token_of(fields);
}

void put_facts(std::string& to, SegmentFacts const& facts) {
    to.push_back(k_footer_version);
    to.push_back(static_cast<char>(flags_of(facts.stream)));
    to.push_back(static_cast<char>(facts.seal));
    put_text(to, facts.home);
    put_stream(to, facts.stream, facts.fork_source);
    put_token(to, facts.at);
    put_number(to, facts.start);
    put_number(to, facts.end);
    put_number(to, facts.ordinal);
    put_number(to, facts.messages);
    put_number(to, facts.rows);
    put_number(to, facts.bytes);
    put_signed(to, facts.first_ms);
    put_signed(to, facts.last_ms);
    put_signed(to, facts.written_ms);
    put_text(to, encode_ledger(facts.after));
}

Result<SegmentFacts> decode_facts(std::string_view bytes) {
    if (bytes.size() < 3 || bytes[0] != k_footer_version)
        return corrupt_footer("unknown version of facts");
    auto const flags = static_cast<unsigned>(static_cast<unsigned char>(bytes[1]));
    auto const both = [flags](unsigned pair) { return (flags & pair) == pair; };
    if ((flags & ~k_footer_flags) != 0 || both(k_has_ttl | k_has_end) ||
        (both(k_fork_asked_at) && !both(k_is_fork)))
        return corrupt_footer("unknown flags");
    auto const seal = static_cast<unsigned char>(bytes[2]);
    if (seal > static_cast<unsigned char>(Seal::full_closed)) return corrupt_footer("unknown seal");

    FieldReader fields(bytes.substr(3));
    SegmentFacts facts;
    facts.seal = static_cast<Seal>(seal);
    facts.home = fields.text();
    read_stream(fields, flags, facts);
    facts.at = token_of(fields);
    facts.start = fields.number();
    facts.end = fields.number();
    facts.ordinal = fields.number();
    facts.messages = fields.number();
    facts.rows = fields.number();
    facts.bytes = fields.number();
    facts.first_ms = fields.signed_number();
    facts.last_ms = fields.signed_number();
    facts.written_ms = fields.signed_number();
    auto ledger = decode_ledger(fields.text());
    if (!fields.whole()) return corrupt_footer("facts cut off or bytes left over");
    auto const& fork = facts.stream.fork;
    bool const tokens =
        is_token(facts.at) &&
        (!fork || (is_token(fork->at) && (!fork->asked_at || is_token(*fork->asked_at))));
    if (!tokens) return corrupt_footer("an offset that cannot be");
    if (!ledger) return std::move(ledger).error().within("segment footer");
    facts.after = *std::move(ledger);
    return facts;
}

// Whether the stripes lie one behind the other up to `end`, and begin and end as the facts say.
bool agree(SegmentFacts const& facts, Stripes const& stripes, std::uint64_t end) {
    if (facts.end < facts.start || stripes.empty() != (facts.rows == 0)) return false;
    std::uint64_t offset = k_segment_magic.size();
    auto start = facts.start;
    auto ordinal = facts.ordinal;
    for (auto const& stripe : stripes) {
        bool const first = &stripe == &stripes.front();
        if (stripe.offset != offset || stripe.stored_bytes < k_stripe_header_bytes) return false;
        if (stripe.start < start || stripe.ordinal < ordinal || stripe.start > facts.end)
            return false;
        if (first && (stripe.start != start || stripe.ordinal != ordinal)) return false;
        offset += stripe.stored_bytes;
        start = stripe.start;
        ordinal = stripe.ordinal;
    }
    return offset == end;
}

// The trailer, without check and magic.
struct Trailer {
    std::uint32_t facts_bytes;
    std::uint32_t index_bytes;
    std::uint64_t object_bytes;
    std::string_view checksum;
    std::uint64_t check;
    std::uint64_t footer_bytes() const {
        return std::uint64_t{facts_bytes} + index_bytes + k_trailer_bytes;
    }
};

Trailer trailer_of(std::string_view bytes) {
    return {big_endian<std::uint32_t>(bytes), big_endian<std::uint32_t>(bytes.substr(4)),
            big_endian<std::uint64_t>(bytes.substr(8)), bytes.substr(16, k_checksum_bytes),
            big_endian<std::uint64_t>(bytes.substr(16 + k_checksum_bytes))};
}

} // namespace

std::string append_footer(std::string& object, SegmentFacts const& facts, Stripes const& stripes) {
    auto const begin = object.size();
    put_facts(object, facts);
    auto const index_at = object.size();
    object.append(encode_stripes(stripes));
    auto const trailer_at = object.size();
    ENSURE(trailer_at - begin <= UINT32_MAX);
    auto checksum = checksum_128(object);
    put_big_endian(object, static_cast<std::uint32_t>(index_at - begin));
    put_big_endian(object, static_cast<std::uint32_t>(trailer_at - index_at));
    put_big_endian(object, std::uint64_t{trailer_at + k_trailer_bytes});
    object.append(checksum);
    put_big_endian(object, checksum_64(std::string_view(object).substr(begin)));
    object.append(k_segment_magic);
    return checksum;
}

Result<std::optional<SegmentFooter>>
read_footer(std::string_view last_bytes, std::uint64_t object_bytes, std::uint64_t& wanted) {
    constexpr auto k_version_bytes = 1;
    if (object_bytes < k_segment_magic.size() + k_trailer_bytes)
        return Error{Fault::truncated, "segment footer: cut off"};
    if (last_bytes.size() > object_bytes) return corrupt_footer("more bytes than the object has");
    wanted = k_trailer_bytes;
    if (last_bytes.size() < wanted) return std::optional<SegmentFooter>();

    auto const magic = last_bytes.substr(last_bytes.size() - k_segment_magic.size());
    if (!magic.starts_with(k_segment_magic.substr(0, k_segment_magic.size() - k_version_bytes)))
        return Error{Fault::truncated, "segment footer: the object does not end as a segment does"};
    if (magic != k_segment_magic) return corrupt_footer("unknown version of segment");
    auto const trailer = trailer_of(last_bytes.substr(last_bytes.size() - k_trailer_bytes));
    if (trailer.object_bytes != object_bytes ||
        trailer.footer_bytes() > object_bytes - k_segment_magic.size())
        return corrupt_footer("the sizes differ");
    wanted = trailer.footer_bytes();
    if (last_bytes.size() < wanted) return std::optional<SegmentFooter>();

    auto const bytes = last_bytes.substr(last_bytes.size() - wanted);
    auto const checked = wanted - k_segment_magic.size() - sizeof(trailer.check);
    if (checksum_64(bytes.substr(0, checked)) != trailer.check)
        return corrupt_footer("the checksum differs");
    SegmentFooter footer;
    footer.facts = TRY(decode_facts(bytes.substr(0, trailer.facts_bytes)));
    footer.stripes = TRY(decode_stripes(bytes.substr(trailer.facts_bytes, trailer.index_bytes)));
    footer.checksum = trailer.checksum;
    if (!agree(footer.facts, footer.stripes, object_bytes - wanted))
        return corrupt_footer("facts and index differ");
    return std::optional<SegmentFooter>(std::move(footer));
}

} // namespace ds
