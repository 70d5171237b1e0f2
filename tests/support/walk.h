// A random walk over a server's whole surface, each step checked against the model.
#pragma once

#include "support/http_client.h"
#include "support/model.h"
#include "support/operations.h"

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace ds {

class Walk {
public:
    Walk(WalkSettings const& settings, ModelLimits limits, std::uint64_t seed);

    // Drops the connections and uses new ones to this port.
    void connect(std::uint16_t port, Unavailable unavailable = Unavailable::is_an_answer);
    // Those of the server from now on; after settle().
    void set_limits(ModelLimits limits) { model_.set_limits(limits); }

    enum class Step { done, unanswered, failed };
    // One request. `unanswered`: the connection broke, and nobody knows whether it took effect;
    // settle() must come next.
    Step step();
    // After a crash: finds out whether the unanswered request took effect, wholly or not at all,
    // and checks everything else. False: failure() says why.
    bool settle();
    // Reads every stream whole, in pages, and from some of the tokens ever seen.
    bool verify();

    // Deletes every stream.
    bool clear();

    // What went wrong, with the last operations.
    std::string failure() const;
    std::uint64_t checks() const { return checks_; }
    // How often each answer came, by "METHOD status": a run that never saw a 409 has proved little.
    std::map<std::string, std::uint64_t> const& answers() const { return answers_; }
    std::size_t streams() const { return model_.streams().size(); }

private:
    Step check(Operation const& ask, HttpResponse const& got);
    bool check_expectation(Operation const& ask, HttpResponse const& got, Expectation const& want);
    bool check_get(Operation const& ask, HttpResponse const& got);
    bool check_page(Operation const& ask, HttpResponse const& got, ModelStream& stream);
    bool check_head(Operation const& ask, HttpResponse const& got);
    bool check_etag(Operation const& ask, ModelStream const& stream, HttpResponse const& got,
                    std::uint64_t end);
    bool check_not_modified(Operation const& ask, HttpResponse const& got);
    bool learn(ModelStream& stream, std::uint64_t position, std::string const& token);
    bool apply(Operation const& ask, HttpResponse const& got);
    bool verify_stream(std::string const& name);
    bool verify_absent(std::string const& name);
    bool fetch(Operation const& ask, std::optional<HttpResponse>& got);
    bool expect(bool held, std::string const& why);
    HttpClient& connection();

    WalkSettings settings_;
    Model model_;
    Operations operations_;
    std::vector<std::unique_ptr<HttpClient>> connections_;
    bool store_fails_ = false; // at random
    std::optional<Operation> pending_;
    std::deque<std::string> history_;
    std::unordered_map<std::string, std::string> etags_; // what each entity tag stood for
    std::map<std::string, std::uint64_t> answers_;
    std::string failure_;
    std::uint64_t checks_ = 0;
};

} // namespace ds
