// Requests signed and sent, and replies held against what was asked.
#include "storage/s3_store.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "storage/s3_replies.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace ds {

namespace {

// Holds one of the turns.
class Turn {
public:
    explicit Turn(std::counting_semaphore<>& turns) : turns_(turns) { turns_.acquire(); }
    ~Turn() { turns_.release(); }
    Turn(Turn const&) = delete;
    Turn& operator=(Turn const&) = delete;

private:
    std::counting_semaphore<>& turns_;
};

std::ptrdiff_t at_least_one(unsigned count) {
    return std::max<std::ptrdiff_t>(count, 1);
}

// The value of Range for a range that is not empty. No object is as large as the numbers that some
// servers cannot read.
std::string range_header(ByteRange range) {
    if (range.from_end)
        return "bytes=-" + std::to_string(std::min(range.count, k_max_safe_integer));
    auto const first = std::min(range.offset, k_max_safe_integer);
    auto const last = first + std::min(range.count - 1, k_max_safe_integer - first);
    return "bytes=" + std::to_string(first) + "-" + std::to_string(last);
}

// All bytes that the head of the reply promises are there.
Result<void> check_whole(FetchReply const& reply) {
    auto const said = reply.headers.get("Content-Length");
    if (!said) return {}; // then its end was marked, or the fetch has failed
    auto const length = parse_decimal(*said);
    if (length && *length == reply.body.size()) return {};
    return Error{Fault::io, "the answer ended after " + std::to_string(reply.body.size()) + " of " +
                                std::string(*said) + " bytes"};
}

bool is_absence(FetchReply const& reply) {
    return reply.status == 404 && read_refusal(reply).code == "NoSuchKey";
}

void replace_all(std::string& text, std::string const& what, std::string_view by) {
    if (what.empty()) return;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

std::string seconds_off(std::int64_t ahead_ms) {
    return std::to_string(std::abs(ahead_ms) / 1'000) + " s " +
           (ahead_ms > 0 ? "behind" : "ahead of") + " the store's";
}

} // namespace

S3Store::S3Store(S3Place place, Credentials credentials, FetchLimits limits, unsigned concurrency,
                 Fetch& fetch, Clock const& clock)
    : place_(std::move(place)),
      credentials_(std::move(credentials)),
      limits_(limits),
      fetch_(fetch),
      clock_(clock),
      turns_(at_least_one(concurrency)) {
    auto const scheme_end = place_.endpoint.find("://");
    host_ = place_.endpoint.substr(scheme_end == std::string::npos ? 0 : scheme_end + 3);
    auto const path = std::min(host_.find('/'), host_.size());
    base_path_ = host_.substr(path);
    host_.resize(path);
}

std::string S3Store::where() const {
    auto prefix = place_.prefix;
    if (!prefix.empty()) prefix.pop_back();
    return "s3://" + place_.bucket + (prefix.empty() ? "" : "/") + prefix + " at " +
           place_.endpoint;
}

S3Store::Call S3Store::on_object(std::string_view method, std::string const& key) const {
    return Call{method, "/" + place_.bucket + "/" + place_.prefix + key};
}

Result<FetchReply> S3Store::send_once(Call const& call, std::string const& payload_hash) {
    auto const time = clock_.now() + std::chrono::milliseconds(ahead_ms_.load());
    Signable signable{std::string(call.method), base_path_ + call.path, call.query, call.headers,
                      payload_hash};
    signable.headers.add("Host", host_);
    signable.headers.add("X-Amz-Content-Sha256", payload_hash);
    signable.headers.add("X-Amz-Date", amz_date(time));
    if (!credentials_.session_token.empty())
        signable.headers.add("X-Amz-Security-Token", credentials_.session_token);

    FetchRequest request;
    request.method = call.method;
    request.url = place_.endpoint + encoded_path(call.path);
    if (!call.query.empty()) request.url += "?" + encoded_query(call.query);
    request.headers = signable.headers;
    request.headers.add("Authorization",
                        authorization(signable, credentials_, time, place_.region));
    request.body = call.body;
    request.limits = limits_;
    request.redirects = Redirects::never;
    Turn const turn(turns_);
    return fetch_.fetch(request);
}

Result<FetchReply> S3Store::send(Call const& call) {
    auto const doing = std::string(call.method) + " " + call.path;
    auto const payload_hash = hex_encode(sha256(call.body));
    auto reply = send_once(call, payload_hash);
    if (reply && learns_time(*reply)) reply = send_once(call, payload_hash);
    if (!reply) return std::move(reply).error().within(doing);
    auto whole = check_whole(*reply);
    if (!whole) return std::move(whole).error().within(doing);
    return reply;
}

// True when the store has found our clock to be off and has said what time it is.
bool S3Store::learns_time(FetchReply const& reply) {
    if (reply.status != 403 || read_refusal(reply).code != "RequestTimeTooSkewed") return false;
    auto const time = parse_http_date(reply.headers.get("Date").value_or(""));
    if (!time) return false;
    auto const ahead_ms = (*time - clock_.now()).count();
    ahead_ms_ = ahead_ms;
    if (!told_of_clock_.exchange(true))
        log_event(Level::warn, "store.clock",
                  {{"store", where()},
                   {"clock", seconds_off(ahead_ms)},
                   {"effect", "requests are signed with the store's time"}});
    return true;
}

Error S3Store::refused(FetchReply const& reply) const {
    auto const refusal = read_refusal(reply);
    auto error = fault_of(refusal);
    if (refusal.code == "RequestTimeTooSkewed")
        error = {Fault::invalid, "403 RequestTimeTooSkewed: the clock of this machine is " +
                                     seconds_off(ahead_ms_) +
                                     "; set it, for example with timedatectl set-ntp true"};
    for (auto const* secret :
         {&credentials_.access_key, &credentials_.secret_key, &credentials_.session_token})
        replace_all(error.what, *secret, "***");
    return std::move(error).within(where());
}

Result<void> S3Store::put(std::string const& key, std::string_view bytes,
                          std::string const& content_type) {
    TRY(check_object_key(key));
    auto call = on_object("PUT", key);
    call.headers.add("Content-Type", content_type);
    call.body = bytes;
    auto const reply = TRY(send(call));
    if (reply.status != 200 && reply.status != 201 && reply.status != 204) return refused(reply);
    return {};
}

void S3Store::ignores_conditions() {
    if (conditions_.exchange(Conditions::ignored) == Conditions::ignored) return;
    log_event(Level::warn, "store.no_conditions",
              {{"store", where()},
               {"effect", "the store takes no account of If-None-Match and If-Match: what is there "
                          "is looked at before each put"}});
}

Result<bool> S3Store::put_on_condition(Call call, std::string const& tag) {
    auto const plain = call.headers;
    if (tag.empty())
        call.headers.add("If-None-Match", "*");
    else
        call.headers.add("If-Match", tag);
    auto reply = TRY(send(call));
    if (reply.status == 501) { // the header means nothing to it
        ignores_conditions();
        call.headers = plain;
        reply = TRY(send(call));
    }
    if (reply.status == 200 || reply.status == 201 || reply.status == 204) return true;
    if (reply.status == 412 || (!tag.empty() && is_absence(reply))) return false;
    return refused(reply);
}

// There is an object now: a put on the condition that there is none must not be carried out. It
// would change nothing.
void S3Store::try_conditions(Call const& call) {
    auto const again = put_on_condition(call, "");
    if (!again) return; // the next one tells
    if (*again)
        ignores_conditions();
    else
        conditions_ = Conditions::kept;
}

Result<bool> S3Store::put_if(std::string const& key, std::optional<std::string_view> was,
                             std::string_view bytes, std::string const& content_type) {
    TRY(check_object_key(key));
    std::string tag;
    if (was) {
        auto const seen = TRY(send(on_object("GET", key)));
        if (is_absence(seen)) return false;
        if (seen.status != 200) return refused(seen);
        if (seen.body != *was) return false;
        tag = seen.headers.get("ETag").value_or("");
    } else if (conditions_ != Conditions::kept) {
        auto const there = TRY(get_range(key, {0, 1}));
        if (there) return false;
    }
    auto call = on_object("PUT", key);
    call.headers.add("Content-Type", content_type);
    call.body = bytes;
    if (was && tag.empty()) { // a server without tags has no conditions on them
        TRY(put(key, bytes, content_type));
        return true;
    }
    bool const done = TRY(put_on_condition(call, tag));
    if (done && conditions_ == Conditions::unknown) try_conditions(call);
    return done;
}

Result<std::optional<Bytes>> S3Store::get(std::string const& key) {
    TRY(check_object_key(key));
    auto reply = TRY(send(on_object("GET", key)));
    if (reply.status == 200) return std::optional(Bytes(std::move(reply.body)));
    if (is_absence(reply)) return std::optional<Bytes>();
    return refused(reply);
}

Result<std::optional<ObjectPart>> S3Store::get_range(std::string const& key, ByteRange range) {
    TRY(check_object_key(key));
    // Nothing cannot be asked for; one byte tells as well how large the object is.
    auto const asked = range.count == 0 ? ByteRange{0, 1} : range;
    auto call = on_object("GET", key);
    call.headers.add("Range", range_header(asked));
    auto reply = TRY(send(call));
    if (is_absence(reply)) return std::optional<ObjectPart>();
    if (reply.status == 416) return beyond_end(key, asked, reply);
    if (reply.status != 206 && reply.status != 200) return refused(reply);

    ObjectPart part{{}, reply.body.size()};
    ByteRange has{0, reply.body.size()}; // a server may leave Range out of account
    if (reply.status == 206) {
        auto const said = parse_content_range(reply.headers.get("Content-Range").value_or(""));
        if (said) part.object_bytes = said->object_bytes;
        if (said) has = said->range;
        auto const due = asked.clipped(part.object_bytes);
        bool const covers = said && has.count == reply.body.size() && has.offset <= due.offset &&
                            has.offset + has.count >= due.offset + due.count;
        // Not every server knows ranges from the end, but now we know where that is.
        if (said && !covers && asked.from_end) return get_range(key, due);
        if (!covers)
            return Error{Fault::io, call.path + ": the answer is not the range that was asked for"};
    }
    auto const wanted = range.clipped(part.object_bytes);
    if (wanted.count > 0)
        part.bytes = Bytes(std::move(reply.body))
                         .slice(static_cast<std::size_t>(wanted.offset - has.offset),
                                static_cast<std::size_t>(wanted.count));
    return std::optional(std::move(part));
}

// The store says that the range is not there. How large the object is may have to be asked for.
Result<std::optional<ObjectPart>> S3Store::beyond_end(std::string const& key, ByteRange range,
                                                      FetchReply const& reply) {
    // Only an empty object has no first byte and no last one.
    if (range.from_end || range.offset == 0) return std::optional(ObjectPart{});
    auto bytes = read_refusal(reply).object_bytes;
    if (auto const said = parse_content_range(reply.headers.get("Content-Range").value_or("")))
        bytes = said->object_bytes;
    if (!bytes) {
        auto const first = TRY(get_range(key, {0, 1}));
        if (!first) return std::optional<ObjectPart>();
        bytes = first->object_bytes;
    }
    if (range.offset < *bytes)
        return Error{Fault::io, key + ": the store does not give a range that it has"};
    return std::optional(ObjectPart{{}, *bytes});
}

Result<void> S3Store::remove(std::string const& key) {
    TRY(check_object_key(key));
    auto const reply = TRY(send(on_object("DELETE", key)));
    if (reply.status == 200 || reply.status == 204 || is_absence(reply)) return {};
    return refused(reply);
}

Result<void> S3Store::list(std::string const& prefix,
                           std::function<Result<void>(ObjectEntry const&)> const& visit) {
    TRY(check_object_prefix(prefix));
    Call call{"GET", "/" + place_.bucket};
    auto const all = place_.prefix + prefix;
    std::string last; // the greatest key so far: pages that do not go on would have no end
    for (std::string next;;) {
        call.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", all}};
        if (!next.empty()) call.query.emplace_back("continuation-token", next);
        auto const reply = TRY(send(call));
        if (reply.status != 200) return refused(reply);
        auto page = TRY(read_page(reply.body));
        for (auto& entry : page.entries) {
            if (entry.key <= last || !entry.key.starts_with(all))
                return Error{Fault::invalid, where() + ": this store does not list keys in order"};
            last = entry.key;
            entry.key.erase(0, place_.prefix.size());
            if (check_object_key(entry.key)) TRY(visit(entry));
        }
        if (page.next.empty()) return {};
        if (page.next == next) return Error{Fault::io, where() + ": the list does not go on"};
        next = std::move(page.next);
    }
}

} // namespace ds
