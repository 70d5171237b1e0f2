// What a feeder asks, and what must have become of it.
#include "crash/feeder.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

namespace ds {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds k_patience{60};
// Beyond, an estuary or a source is replaced, so that reading it all does not take for ever.
constexpr std::size_t k_content_max = 60'000;

HttpHeaders const k_text{{"Content-Type", "text/plain"}};
HttpHeaders const k_json{{"Content-Type", "application/json"}};

std::string project_of(std::string const& name) {
    return name.substr(0, name.find('/'));
}
std::string stream_of(std::string const& name) {
    return name.substr(name.find('/') + 1);
}

} // namespace

std::size_t Feeder::Inbox::size() const {
    auto sum = content.size();
    for (auto const& message : awaited)
        sum += message.size();
    return sum;
}

Feeder::Feeder(std::string source, std::size_t estuaries, std::uint64_t seed, Trouble& trouble)
    : source_(std::move(source)),
      dice_(seed),
      trouble_(trouble) {
    for (std::size_t i = 0; i < estuaries; ++i)
        inboxes_.push_back({stream_of(source_) + ":" + std::to_string(i), false, {}});
}

std::optional<HttpResponse> Feeder::ask(HttpClient& client, Deed deed, HttpRequest const& request,
                                        std::vector<int> const& wanted) {
    auto const until = steady_clock::now() + k_patience;
    for (;;) {
        ++asked_;
        auto got = client.send(request);
        if (!got) {
            unanswered_ = deed;
            if (!trouble_.killed) fail("no answer to " + request.method + ": " + client.problem());
            return std::nullopt;
        }
        if (std::ranges::find(wanted, got->status) != wanted.end()) return got;
        // Too much is owed: nothing has happened.
        bool const busy = got->status == 503 && got->body.find("BUSY") != std::string::npos;
        if (!busy || steady_clock::now() > until) {
            fail(request.method + " " + request.target + " was answered " +
                 std::to_string(got->status) + " " + got->body);
            return std::nullopt;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

bool Feeder::create(HttpClient& client) {
    if (!ask(client, Deed::create, {"PUT", "/v1/stream/" + source_, k_text}, {200, 201}))
        return false;
    there_ = true;
    content_.clear();
    return true;
}

void Feeder::note_published() {
    content_ += message_;
    for (auto& inbox : inboxes_)
        if (inbox.subscribed) inbox.awaited.push_back(message_);
}

bool Feeder::publish(HttpClient& client) {
    message_ = std::to_string(++number_) + ";";
    if (dice_.in_hundred(10)) message_ += dice_.letters(dice_.between(1000, 3000)) + ";";
    auto const target = (dice_.in_hundred(50) ? "/v1/estuary/publish/" : "/v1/stream/") + source_;
    if (!ask(client, Deed::publish, {"POST", target, k_text, message_}, {204})) return false;
    note_published();
    return true;
}

bool Feeder::subscribe(HttpClient& client, Inbox& inbox) {
    about_ = &inbox;
    HttpRequest const request{"POST", "/v1/estuary/subscribe/" + source_, k_json,
                              R"({"estuaryId":")" + inbox.id + R"("})"};
    if (!ask(client, Deed::subscribe, request, {200})) return false;
    inbox.let_in();
    return true;
}

bool Feeder::unsubscribe(HttpClient& client, Inbox& inbox) {
    about_ = &inbox;
    HttpRequest const request{"DELETE", "/v1/estuary/subscribe/" + source_, k_json,
                              R"({"estuaryId":")" + inbox.id + R"("})"};
    if (!ask(client, Deed::unsubscribe, request, {200})) return false;
    inbox.subscribed = false;
    return true;
}

bool Feeder::delete_estuary(HttpClient& client, Inbox& inbox) {
    about_ = &inbox;
    HttpRequest const request{"DELETE", "/v1/estuary/" + project_of(source_) + "/" + inbox.id};
    if (!ask(client, Deed::delete_estuary, request, {200})) return false;
    inbox = {inbox.id, false, {}};
    return true;
}

bool Feeder::delete_source(HttpClient& client) {
    if (!ask(client, Deed::delete_source, {"DELETE", "/v1/stream/" + source_}, {204})) return false;
    there_ = false;
    for (auto& inbox : inboxes_)
        inbox.subscribed = false;
    return true;
}

bool Feeder::step(HttpClient& client) {
    if (!there_) return create(client);
    auto& inbox = inboxes_[dice_.below(inboxes_.size())];
    if (content_.size() > k_content_max || dice_.in_thousand(3)) return delete_source(client);
    if (inbox.size() > k_content_max || dice_.in_hundred(2)) return delete_estuary(client, inbox);
    auto const chosen = dice_.below(100);
    if (chosen < 45) return publish(client);
    // Most are subscribed most of the time.
    if (inbox.subscribed && chosen < 60) return unsubscribe(client, inbox);
    return inbox.subscribed ? publish(client) : subscribe(client, inbox);
}

void Feeder::run(HttpClient& client) {
    while (!trouble_.any() && step(client))
        continue;
}

// Empty when it is not there, or nobody answers.
std::optional<std::string> Feeder::read_all(HttpClient& client, std::string const& name,
                                            std::string offset) {
    std::string all;
    for (;;) {
        auto const got = client.send({"GET", "/v1/stream/" + name + "?offset=" + offset});
        if (!got || got->status != 200) return std::nullopt;
        all += got->body;
        if (got->header("stream-up-to-date")) return all;
        offset = got->value("stream-next-offset");
    }
}

std::optional<bool> Feeder::is_subscribed(HttpClient& client, Inbox const& inbox) {
    auto const got = client.send({"GET", "/v1/estuary/" + project_of(source_) + "/" + inbox.id});
    if (!got || (got->status != 200 && got->status != 404)) {
        fail("an estuary cannot be looked at");
        return std::nullopt;
    }
    return got->body.find("\"streamId\":\"" + stream_of(source_) + "\"") != std::string::npos;
}

bool Feeder::settle(HttpClient& client) {
    auto const deed = std::exchange(unanswered_, Deed::none);
    if (deed == Deed::none) return true;
    if (deed == Deed::subscribe || deed == Deed::unsubscribe) {
        auto const subscribed = is_subscribed(client, *about_);
        if (!subscribed) return false;
        if (!*subscribed)
            about_->subscribed = false;
        else if (!about_->subscribed)
            about_->let_in();
        return true;
    }
    if (deed == Deed::delete_estuary) {
        if (!read_all(client, project_of(source_) + "/" + about_->id))
            *about_ = {about_->id, false, {}};
        return true;
    }
    if (deed == Deed::create) return create(client);
    auto const now = read_all(client, source_);
    if (deed == Deed::publish) {
        if (now == content_ + message_) note_published();
        return now == content_ || fail("the source does not hold what was acknowledged");
    }
    if (now) return true;
    there_ = false;
    for (auto& inbox : inboxes_)
        inbox.subscribed = false;
    return true;
}

std::optional<std::string> Feeder::beyond_missed(HttpClient& client, Inbox const& inbox) {
    constexpr std::string_view k_member = "\"missedBefore\":\"";
    auto const got = client.send({"GET", "/v1/estuary/" + project_of(source_) + "/" + inbox.id});
    auto const at = got ? got->body.find(k_member) : std::string::npos;
    if (at == std::string::npos) return std::nullopt;
    auto const begin = at + k_member.size();
    auto const offset = got->body.substr(begin, got->body.find('"', begin) - begin);
    return read_all(client, source_, offset);
}

Feeder::Match Feeder::match(HttpClient& client, Inbox const& inbox, std::string const& now) {
    if (!now.starts_with(inbox.content))
        return inbox.content.starts_with(now) ? Match::behind : Match::wrong;
    std::string_view rest(now);
    rest.remove_prefix(inbox.content.size());
    std::optional<std::string> beyond;
    bool asked = false;
    bool left_out = false;
    for (std::size_t i = 0; i < inbox.awaited.size(); ++i) {
        auto const& message = inbox.awaited[i];
        if (rest.starts_with(message)) {
            rest.remove_prefix(message.size());
            continue;
        }
        bool may_be = announces_;
        if (may_be && inbox.subscribed && i >= inbox.before) {
            if (!asked) beyond = beyond_missed(client, inbox);
            asked = true;
            may_be = beyond && (";" + *beyond).find(";" + message) == std::string::npos;
        }
        if (!may_be) {
            lacks_ = "message " + message.substr(0, message.find(';')) +
                     (i < inbox.before ? " of an earlier subscription" : "") +
                     (beyond ? ", though it says that some are left out" : "");
            return rest.empty() ? Match::behind : Match::wrong;
        }
        left_out = true;
    }
    if (!rest.empty()) return Match::wrong;
    // It was read before it was asked what is left out.
    auto const name = project_of(source_) + "/" + inbox.id;
    return left_out && read_all(client, name).value_or("") != now ? Match::behind : Match::all;
}

bool Feeder::verify(HttpClient& client, Inbox& inbox) {
    auto const name = project_of(source_) + "/" + inbox.id;
    auto const until = steady_clock::now() + k_patience;
    for (;;) {
        auto const now = read_all(client, name).value_or("");
        ++checked_;
        auto const match = this->match(client, inbox, now);
        if (match == Match::all) {
            inbox.content = now;
            inbox.awaited.clear();
            inbox.before = 0;
            return true;
        }
        // It may come yet, unless what is there is wrong already.
        if (match == Match::wrong || steady_clock::now() > until)
            return fail(inbox.id + (inbox.subscribed ? " (subscribed)" : "") + " holds " +
                        std::to_string(now.size()) + " bytes instead of " +
                        std::to_string(inbox.size()) + ", and lacks " + lacks_ + "; it ends: " +
                        now.substr(now.size() - std::min<std::size_t>(now.size(), 80)));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

bool Feeder::verify(HttpClient& client) {
    if (!settle(client)) return false;
    if (there_ && !publish(client)) return false;
    return std::ranges::all_of(inboxes_, [&](Inbox& inbox) { return verify(client, inbox); });
}

} // namespace ds
