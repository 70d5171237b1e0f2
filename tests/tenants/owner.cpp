// A tenant at home.
#include "tenants/owner.h"

#include "tenants/paths.h"

namespace ds::tenants {

namespace {

constexpr std::size_t k_content_max = 1500;
constexpr std::size_t k_offsets_max = 8;

HttpRequest with_events(HttpRequest request) {
    request.target += "&live=sse";
    return request;
}

bool is_over(int status) {
    return status == 404 || status == 410;
}

} // namespace

Owner::Owner(Caller& caller, Dice& dice, Findings& findings, Ledger& mine, Tenant const& other,
             unsigned thread)
    : caller_(caller),
      dice_(dice),
      findings_(findings),
      mine_(mine),
      other_(other),
      thread_(thread),
      read_token_(token(mine.tenant, k_read)),
      write_token_(token(mine.tenant, k_write)),
      manage_token_(token(mine.tenant, k_manage)) {}

void Owner::step() {
    auto const choice = dice_.below(100);
    if (choice < 24) return create();
    if (choice < 27) return create_again();
    if (choice < 31) return fork();
    if (choice < 60) return append();
    if (choice < 66) return remove();
    if (choice < 90) return read();
    if (choice < 97) return look();
    if (choice < 99) return change_key();
    change_settings();
}

HttpRequest Owner::request(std::string const& method, std::string const& name,
                           std::string_view scope) {
    auto good = scope == k_read ? read_token_ : scope == k_write ? write_token_ : manage_token_;
    if (dice_.in_hundred(20)) good = manage_token_;
    if (dice_.in_hundred(10))
        good = token(mine_.tenant, scope, R"(,"stream_id":)" + json_string(name));
    return {method, honest_path(dice_, mine_.tenant.project, name), bearer(good), {}};
}

std::string Owner::message() {
    return mine_.tenant.marker + "-" + dice_.letters(dice_.between(1, 30)) + "\n";
}

bool Owner::expect(bool as_wanted, OwnStream& stream, HttpRequest const& request,
                   HttpResponse const& answer) {
    if (as_wanted) return true;
    if (stream.mortal && is_over(answer.status))
        stream.alive = false;
    else if (answer.status != 0)
        findings_.add(Rule::content, "not what was acknowledged to the owner", request, answer);
    return false;
}

void Owner::note_key(OwnStream& stream, HttpResponse const& answer) {
    auto const key = answer.value("stream-reader-key");
    if (key.empty()) return;
    stream.reader_key = key;
    caller_.learn_key(key, mine_.tenant);
}

void Owner::note_offset(OwnStream& stream, HttpResponse const& answer) {
    auto const offset = answer.value("stream-next-offset");
    if (!offset.empty() && stream.offsets.size() < k_offsets_max)
        stream.offsets.emplace_back(offset, stream.content.size());
}

void Owner::create() {
    auto const name = some_name(dice_, other_.project, thread_);
    auto const known = mine_.streams.find(name);
    if (known != mine_.streams.end() && known->second.alive) return append();
    auto wanted = request("PUT", name, k_write);
    OwnStream made;
    wanted.headers.emplace_back("Content-Type", "text/plain");
    if (dice_.in_hundred(70)) made.content = wanted.body = message();
    made.mortal = dice_.in_hundred(10);
    made.closed = dice_.in_hundred(5);
    if (made.mortal) wanted.headers.emplace_back("Stream-TTL", "1");
    if (made.closed) wanted.headers.emplace_back("Stream-Closed", "true");
    auto const answer = caller_.ask(wanted, other_);
    // A deleted stream with forks keeps its name.
    bool const taken = known != mine_.streams.end() && known->second.forked;
    if (taken && answer.status == 409) return;
    if (!expect(answer.status == 201, made, wanted, answer)) return;
    note_key(made, answer);
    note_offset(made, answer);
    made.forked = taken;
    mine_.streams[name] = made;
}

void Owner::create_again() {
    auto const name = mine_.any(dice_, true);
    if (name.empty()) return create();
    auto& stream = mine_.streams[name];
    if (stream.mortal) return read(); // it may end, and then it would be made
    auto wanted = request("PUT", name, k_write);
    wanted.headers.emplace_back("Content-Type", "text/plain");
    auto const answer = caller_.ask(wanted, other_);
    expect(answer.status == 200 || answer.status == 409, stream, wanted, answer);
}

void Owner::fork() {
    auto const source = mine_.any(dice_, true);
    auto const name = some_name(dice_, other_.project, thread_);
    if (source.empty() || mine_.streams.contains(name)) return create();
    auto& from = mine_.streams[source];
    if (from.mortal || from.closed) return read();
    auto wanted = request("PUT", name, k_write);
    wanted.headers = bearer(write_token_); // a token of one stream forks no other
    wanted.headers.emplace_back("Stream-Forked-From",
                                honest_path(dice_, mine_.tenant.project, source));
    auto const answer = caller_.ask(wanted, other_);
    if (answer.status == 400 && answer.body.find("FORK_TOO_DEEP") != std::string::npos) return;
    OwnStream made;
    if (!expect(answer.status == 201, made, wanted, answer)) return;
    made.content = from.content;
    from.forked = true;
    note_key(made, answer);
    mine_.streams[name] = made;
}

void Owner::append() {
    auto const name = mine_.any(dice_, true);
    if (name.empty()) return create();
    auto& stream = mine_.streams[name];
    if (stream.content.size() > k_content_max) return remove();
    auto wanted = request("POST", name, k_write);
    wanted.headers.emplace_back("Content-Type", "text/plain");
    wanted.body = message();
    bool const closes = dice_.in_hundred(4);
    if (closes) wanted.headers.emplace_back("Stream-Closed", "true");
    auto const answer = caller_.ask(wanted, other_);
    bool const acknowledged = answer.status == 204 || answer.status == 200;
    if (!expect(stream.closed ? answer.status == 409 : acknowledged, stream, wanted, answer))
        return;
    if (stream.closed) return;
    stream.content.append(wanted.body);
    stream.closed = closes;
    note_offset(stream, answer);
}

void Owner::remove() {
    auto const name = mine_.any(dice_, true);
    if (name.empty()) return create();
    auto& stream = mine_.streams[name];
    auto const wanted = request("DELETE", name, k_manage);
    auto const answer = caller_.ask(wanted, other_);
    if (expect(answer.status == 204, stream, wanted, answer)) stream.alive = false;
}

void Owner::read() {
    auto const name = mine_.any(dice_, true);
    if (name.empty()) return create();
    auto& stream = mine_.streams[name];
    auto wanted = request("GET", name, k_read);
    std::size_t from = 0;
    std::string offset = "-1";
    if (!stream.offsets.empty() && dice_.in_hundred(50))
        std::tie(offset, from) = dice_.pick(stream.offsets);
    wanted.target += "?offset=" + offset;
    bool const at_tail = from == stream.content.size();
    // It ends by itself.
    bool const events = stream.closed && !stream.mortal && dice_.in_hundred(20);
    if (events) return static_cast<void>(caller_.ask(with_events(wanted), other_));
    bool const polls = dice_.in_hundred(at_tail ? 5 : 20);
    if (polls) wanted.target += "&live=long-poll";
    if (!stream.reader_key.empty() && dice_.in_hundred(30))
        wanted.target += "&rk=" + stream.reader_key;
    auto const answer = caller_.ask(wanted, other_);
    bool const as_wanted = polls && at_tail
                               ? answer.status == 204
                               : answer.status == 200 && answer.body == stream.content.substr(from);
    if (!expect(as_wanted, stream, wanted, answer)) return;
    if (auto const tag = answer.value("etag"); !tag.empty()) stream.etag = tag;
}

void Owner::look() {
    auto const name = mine_.any(dice_, true);
    if (name.empty()) return create();
    auto& stream = mine_.streams[name];
    auto const wanted = request("HEAD", name, k_read);
    auto const answer = caller_.ask(wanted, other_);
    bool const closed = answer.value("stream-closed") == "true";
    if (expect(answer.status == 200 && closed == stream.closed, stream, wanted, answer))
        note_key(stream, answer);
}

void Owner::change_key() {
    auto const name = mine_.any(dice_, true);
    if (name.empty()) return create();
    auto& stream = mine_.streams[name];
    auto wanted = request("POST", name, k_manage);
    wanted.target.replace(0, k_root.size(), "/v1/reader-key/");
    auto const answer = caller_.ask(wanted, other_);
    if (expect(answer.status == 200, stream, wanted, answer)) note_key(stream, answer);
}

// The same secret, so that tokens go on; what the server remembers of them does not.
void Owner::change_settings() {
    auto const mode = dice_.in_hundred(50) ? "private" : "shared";
    HttpRequest const wanted{
        "PUT", "/v1/config/" + mine_.tenant.project, bearer(manage_token_),
        settings(mine_.tenant.secret, std::string(R"(,"cacheMode":")") + mode + "\"")};
    auto const answer = caller_.ask(wanted, other_);
    if (answer.status != 200)
        findings_.add(Rule::content, "the owner's settings are refused", wanted, answer);
}

void Owner::read_all(std::string const& name, OwnStream& stream) {
    HttpRequest const wanted{"GET",
                             honest_path(dice_, mine_.tenant.project, name) + "?offset=-1",
                             bearer(read_token_),
                             {}};
    auto const answer = caller_.ask(wanted, other_);
    if (!stream.alive) {
        expect(is_over(answer.status), stream, wanted, answer);
        return;
    }
    bool const closed = answer.value("stream-closed") == "true";
    bool const whole = answer.value("stream-up-to-date") == "true";
    expect(answer.status == 200 && answer.body == stream.content && whole &&
               closed == stream.closed,
           stream, wanted, answer);
}

void Owner::verify() {
    for (auto& [name, stream] : mine_.streams)
        read_all(name, stream);
    OwnStream absent;
    absent.alive = false;
    for (auto const& name : mine_.never)
        read_all(name, absent);
    HttpRequest const wanted{"GET",
                             "/v1/config/" + mine_.tenant.project + "?include=signingSecrets",
                             bearer(manage_token_),
                             {}};
    auto const answer = caller_.ask(wanted, other_);
    if (answer.status != 200 || answer.body.find(mine_.tenant.secret) == std::string::npos)
        findings_.add(Rule::content, "the project's settings have changed", wanted, answer);
}

} // namespace ds::tenants
