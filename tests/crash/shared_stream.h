// A stream with several writers of every kind, and the check of all they were told.
#pragma once

#include "crash/content.h"
#include "crash/trouble.h"
#include "crash/writer.h"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace ds {

// Whether `later` can be the name of a place that was called `token` until its segment was sealed.
bool is_later_name(std::string const& later, std::string const& token);

class SharedStream {
public:
    SharedStream(std::string name, bool json, std::uint64_t seed, Trouble& trouble);

    // Creates the stream, or a successor under the same or another name.
    bool create(HttpClient& client);
    // Ends it; its forks have to be gone.
    bool remove(HttpClient& client);
    // Reads everything back: nothing acknowledged is missing, nothing is there twice, nothing that
    // was ever seen has changed, each writer's order is kept, and every token still names its
    // place.
    bool verify(HttpClient& client);

    // From now on the server may seal a segment for its age. Its end, a place that was called
    // (n,p) when it was the tail, is then called (n+1,0), and both names are good for ever.
    void let_segments_age() { segments_age_ = true; }
    bool segments_age() const { return segments_age_; }

    std::deque<Writer>& writers() { return writers_; }
    std::string const& name() const { return name_; }
    bool json() const { return json_; }
    // As of the last verify().
    std::vector<std::string> const& messages() const { return messages_; }
    std::map<std::size_t, std::string> const& places() const { return places_; }
    std::uint64_t acknowledged() const { return acknowledged_; }

private:
    bool verify_messages(Content const& content);
    bool verify_writers();
    bool learn_places(Content const& content);
    bool learn(std::size_t place, std::string const& token, bool of_today);
    bool verify_some(HttpClient& client, std::map<std::size_t, std::string> const& of);
    bool verify_token(HttpClient& client, std::size_t place, std::string const& token);
    bool fail(std::string const& what) { return trouble_.report(name_ + ": " + what); }

    std::string base_name_;
    std::string name_;
    bool json_;
    Dice dice_;
    Trouble& trouble_;
    std::uint64_t generation_ = 0;
    std::deque<Writer> writers_;
    std::vector<std::string> messages_;
    bool segments_age_ = false;
    std::map<std::size_t, std::string> places_;      // token after so many messages
    std::map<std::size_t, std::string> later_names_; // of those that have two
    // By writer and append: how many messages lie before the end of that append.
    std::vector<std::map<std::uint64_t, std::size_t>> ends_;
    std::uint64_t acknowledged_ = 0;
};

} // namespace ds
