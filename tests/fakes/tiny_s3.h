// A small S3 server in the process: one bucket, signatures checked, pages, and switches for
// trouble.
//
// It computes signatures on its own from what was sent, so that a mistake in storage/sigv4 does not
// agree with itself.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "net/fetch.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ds::test {

enum class Trouble : std::uint8_t {
    none,
    internal_error, // 500
    slow_down,      // 503
    quota,          // 507
    silent,         // nobody answers
    half_body,      // the head promises more than there is
    wrong_range,    // a byte less than was asked for
    no_bucket,
    denied,
    plain_404, // from something that is no S3 server
    redirect,
    changing, // 409 to a put under a condition
    xml_cut,
    repeats_page, // a list that begins anew on each page
};

class TinyS3 final : public Fetch {
public:
    explicit TinyS3(Clock const& clock) : clock_(clock) {}

    // What it expects. Set before use.
    std::string endpoint = "http://tiny.test:9000";
    std::string bucket = "shelf";
    std::string region = "auto";
    std::string access_key = "TINYACCESS";
    std::string secret_key = "tiny/secret+key";
    std::string session_token;
    std::size_t page_size = 3;
    bool knows_ranges = true;           // else it gives the whole object
    bool tells_size = true;             // of an object that a range lies outside of
    bool encodes_keys = true;           // in lists
    bool keeps_conditions = true;       // If-None-Match and If-Match; else it does not look at them
    bool refuses_conditions = false;    // it answers 501 to them
    std::chrono::milliseconds ahead{0}; // its clock, of ours

    // The next `times` requests run into it.
    void set_trouble(Trouble trouble, int times = 1);

    // A request as it came.
    struct Asked {
        std::string method;
        std::string url;
        HeaderMap headers;
    };
    std::vector<Asked> asked() const { return state_.lock()->asked; }
    std::map<std::string, std::string> objects() const { return state_.lock()->objects; }
    void add(std::string const& key, std::string const& body) {
        state_.lock()->objects[key] = body;
    }
    // The most requests that were there at once.
    int most_at_once() const { return state_.lock()->most_at_once; }

    Result<FetchReply> fetch(FetchRequest const& request) override;
    Result<FetchReply> fetch_into(FetchRequest const& request, BodyTaker& taker) override;

private:
    struct State {
        std::map<std::string, std::string> objects;
        std::vector<Asked> asked;
        Trouble trouble = Trouble::none;
        int times = 0;
        int at_once = 0;
        int most_at_once = 0;
    };
    // The target of a request, taken apart.
    struct Target {
        std::string path;                          // as it was sent
        std::string query;                         // as it was sent
        std::string key;                           // decoded; empty for the bucket
        std::map<std::string, std::string> fields; // of the query, decoded
    };
    Trouble next_trouble(FetchRequest const& request);
    FetchReply answer(FetchRequest const& request, Trouble trouble);
    bool holds(FetchRequest const& request, std::string const* there) const;
    FetchReply on_object(FetchRequest const& request, std::string const& key, Trouble trouble);
    FetchReply part(std::string const& body, std::string_view range, Trouble trouble) const;
    FetchReply page(Target const& target, Trouble trouble) const;
    Target target_of(FetchRequest const& request) const;
    std::string objection(FetchRequest const& request, Target const& target) const;
    std::string signature(FetchRequest const& request, Target const& target,
                          std::string const& names) const;
    FetchReply reply(int status, std::string body, HeaderMap headers = {}) const;
    FetchReply error(int status, std::string const& code, std::string const& more = {}) const;

    Clock const& clock_;
    Guarded<State> state_;
};

} // namespace ds::test
