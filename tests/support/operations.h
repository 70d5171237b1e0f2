// Random requests for a random walk: mostly sensible ones, and every kind of mistake.
#pragma once

#include "support/dice.h"
#include "support/http_client.h"
#include "support/model.h"

#include <string>
#include <vector>

namespace ds {

struct WalkSettings {
    std::string project = "walk";
    std::string other_project = "elsewhere";
    std::size_t names = 24;
    std::size_t messages_max = 700; // a longer stream is deleted next
    bool large_messages = true;     // now and then one larger than a page
    bool short_pages = false;       // a page may end wherever a segment does
    std::uint64_t removes = 3;      // in a hundred operations
    std::uint64_t closes = 2;       // in a hundred appends; many of them without a body
    // Against a server that agrees with the protocol but not with our extensions (limit, projects,
    // token arithmetic, refusals): leave those out, and learn tokens instead of predicting them.
    bool protocol_only = false;
};

class Operations {
public:
    Operations(WalkSettings settings, std::uint64_t seed);
    Operation next(Model& model);
    // A page of a stream that exists: from a position whose token is known.
    Operation read(Model& model, std::string const& name);
    HttpRequest request(Operation const& ask);
    Dice& dice() { return dice_; }
    std::vector<std::string> const& names() const { return names_; }

private:
    Operation put(Model& model, std::string const& name);
    void ask_for_fork(Model& model, Operation& ask);
    void make_malformed_put(Operation& ask);
    Operation post(Model& model, std::string const& name);
    void number(ModelStream const& stream, Operation& ask);
    void make_malformed_post(Operation& ask);
    void make_odd_read(ModelStream const& stream, Operation& ask);
    ModelBody body(bool json);
    std::string message(bool json);
    std::string target(std::string const& name);
    std::string type_variant(std::string const& content_type);

    WalkSettings settings_;
    Dice dice_;
    std::vector<std::string> names_;
    std::uint64_t made_ = 0; // messages, so that each is unique
};

// One line for people.
std::string describe(Operation const& ask);

} // namespace ds
