// Verification of a shared stream.
#include "crash/shared_stream.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace ds {

namespace {

struct Place {
    std::uint64_t segment = 0;
    std::uint64_t position = 0;
};

Place parse_place(std::string_view token) {
    Place place;
    auto const* const end = token.data() + token.size();
    auto const [at, error] = std::from_chars(token.data(), end, place.segment);
    if (error == std::errc{} && at != end) std::from_chars(at + 1, end, place.position);
    return place;
}

} // namespace

bool is_later_name(std::string const& later, std::string const& token) {
    auto const [segment, position] = parse_place(token);
    auto const next = parse_place(later);
    return position > 0 && next.segment == segment + 1 && next.position == 0;
}

SharedStream::SharedStream(std::string name, bool json, std::uint64_t seed, Trouble& trouble)
    : base_name_(std::move(name)),
      name_(base_name_),
      json_(json),
      dice_(seed),
      trouble_(trouble) {
    using Kind = Writer::Kind;
    std::uint64_t id = 0;
    for (auto const kind : {Kind::producer, Kind::producer, Kind::plain, Kind::sequenced})
        writers_.emplace_back(kind, id++, dice_.next());
}

bool SharedStream::create(HttpClient& client) {
    ++generation_;
    if (dice_.in_hundred(50)) name_ = base_name_ + "-" + std::to_string(generation_);
    auto const got = client.send({"PUT",
                                  "/v1/stream/" + encode_path(name_),
                                  {{"Content-Type", json_ ? "application/json" : "text/plain"}}});
    if (!got || got->status != 201) return fail("PUT of a new stream was not answered 201");
    for (auto& writer : writers_)
        writer.start_over(name_, json_, generation_);
    messages_.clear();
    places_.clear();
    later_names_.clear();
    return true;
}

bool SharedStream::remove(HttpClient& client) {
    auto const path = "/v1/stream/" + encode_path(name_);
    auto const got = client.send({"DELETE", path});
    if (!got || got->status != 204) return fail("DELETE was not answered 204");
    auto const after = client.send({"HEAD", path});
    if (!after || after->status != 404) return fail("still there after DELETE");
    return true;
}

bool SharedStream::verify(HttpClient& client) {
    std::string why;
    auto const content = read_content(client, name_, json_, dice_, why);
    if (!content) return trouble_.report(why);
    if (content->closed) return fail("closed, though nobody closed it");
    if (!verify_messages(*content) || !verify_writers() || !learn_places(*content)) return false;

    auto const head = client.send({"HEAD", "/v1/stream/" + encode_path(name_)});
    if (!head || head->value("stream-next-offset") != content->places.rbegin()->second)
        return fail("HEAD names another tail than the last page");

    // All tokens of late, and some of all times.
    auto place = places_.rbegin();
    for (int i = 0; i < 10 && place != places_.rend(); ++i, ++place)
        if (!verify_token(client, place->first, place->second)) return false;
    return verify_some(client, places_) && verify_some(client, later_names_);
}

bool SharedStream::verify_some(HttpClient& client, std::map<std::size_t, std::string> const& of) {
    for (int i = 0; i < 10 && !of.empty(); ++i) {
        auto const any = std::next(of.begin(), static_cast<std::ptrdiff_t>(dice_.below(of.size())));
        if (!verify_token(client, any->first, any->second)) return false;
    }
    return true;
}

// What was once seen is still there; what is new is whole appends, each once, in each writer's
// order.
bool SharedStream::verify_messages(Content const& content) {
    auto const& now = content.messages;
    if (now.size() < messages_.size() ||
        !std::equal(messages_.begin(), messages_.end(), now.begin())) {
        auto const common = std::ranges::mismatch(messages_, now);
        auto const at = common.in1 - messages_.begin();
        return fail("what was seen has changed, first at message " + std::to_string(at) + " of " +
                    std::to_string(messages_.size()) + ", was " + common.in1->substr(0, 60) +
                    ", is " + (common.in2 == now.end() ? "missing" : common.in2->substr(0, 60)));
    }
    if (messages_.empty()) ends_.assign(writers_.size(), {});
    for (auto at = messages_.size(); at < now.size();) {
        auto const id = parse_message_id(now[at]);
        if (!id || id->generation != generation_ || id->writer >= writers_.size())
            return fail("a message that nobody sent: " + now[at].substr(0, 60));
        auto const& writer = writers_[id->writer];
        auto const expected = writer.messages(id->append);
        for (std::size_t i = 0; i < expected.size(); ++i)
            if (at + i >= now.size() || now[at + i] != expected[i])
                return fail("a torn append: " + now[at].substr(0, 60));
        at += expected.size();
        auto& ends = ends_[id->writer];
        if (!ends.empty() && ends.rbegin()->first >= id->append)
            return fail("twice, or out of its writer's order: " + now[at - 1].substr(0, 60));
        ends.emplace_hint(ends.end(), id->append, at);
    }
    messages_ = now;
    return true;
}

bool SharedStream::verify_writers() {
    using Fate = Writer::Fate;
    for (auto& writer : writers_) {
        auto const& ends = ends_[writer.id()];
        auto& fates = writer.fates();
        if (!ends.empty() && ends.rbegin()->first >= fates.size())
            return fail("an append that was not sent");
        for (std::uint64_t append = 0; append < fates.size(); ++append) {
            auto const label =
                "append " + std::to_string(append) + " of writer " + std::to_string(writer.id());
            bool const there = ends.contains(append);
            if (fates[append] == Fate::acknowledged) ++acknowledged_;
            if (fates[append] == Fate::acknowledged && !there)
                return fail("acknowledged but missing: " + label);
            if (fates[append] == Fate::absent && there)
                return fail("lost in a crash, and back again: " + label);
            if (fates[append] == Fate::unknown)
                fates[append] = there ? Fate::acknowledged : Fate::absent;
        }
    }
    return true;
}

bool SharedStream::learn_places(Content const& content) {
    // What writers were told is older than what was read just now.
    for (auto const& writer : writers_)
        for (auto const& mark : writer.marks())
            if (!learn(ends_[writer.id()].at(mark.append), mark.token, false)) return false;
    return std::ranges::all_of(
        content.places, [&](auto const& known) { return learn(known.first, known.second, true); });
}

// A place has one name, or two when its segment was sealed for its age; `of_today`: the server says
// it now, and must use the later one.
bool SharedStream::learn(std::size_t place, std::string const& token, bool of_today) {
    auto const [known, is_new] = places_.try_emplace(place, token);
    auto const later = later_names_.find(place);
    bool const has_later = later != later_names_.end();
    auto const& name = has_later ? later->second : known->second;
    if (!is_new && name == token) return true;
    if (has_later && !of_today && known->second == token) return true;
    bool const may_have_two = !is_new && !has_later && segments_age_;
    if (may_have_two && is_later_name(token, name))
        later_names_[place] = token;
    else if (may_have_two && !of_today && is_later_name(name, token))
        later_names_[place] = std::exchange(known->second, token);
    else if (!is_new)
        return fail("the place after message " + std::to_string(place) + " was called " + name +
                    " and now " + token);
    auto const last_name = [&](auto const& at) {
        auto const found = later_names_.find(at->first);
        return found != later_names_.end() ? found->second : at->second;
    };
    bool const sorted =
        (known == places_.begin() || last_name(std::prev(known)) < known->second) &&
        (std::next(known) == places_.end() || last_name(known) < std::next(known)->second);
    return sorted || fail("tokens do not sort like their places: " + token);
}

bool SharedStream::verify_token(HttpClient& client, std::size_t place, std::string const& token) {
    constexpr std::size_t k_limit = 40;
    auto const got = client.send({"GET", "/v1/stream/" + encode_path(name_) + "?offset=" + token +
                                             "&limit=" + std::to_string(k_limit)});
    if (!got || got->status != 200)
        return fail("token " + token + " is no longer accepted: " +
                    (got ? std::to_string(got->status) + " " + got->body : client.problem()));
    auto const page = split_page(got->body, json_);
    auto const rest = messages_.size() - place;
    if (!page || page->size() > rest || (page->empty() && rest > 0) ||
        !std::equal(page->begin(), page->end(),
                    messages_.begin() + static_cast<std::ptrdiff_t>(place)))
        return fail("token " + token + " no longer names the place after message " +
                    std::to_string(place));
    return true;
}

} // namespace ds
