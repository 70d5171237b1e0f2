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
    std::map<std::size_t, std::string> places_; // token after so many messages
    // By writer and append: how many messages lie before the end of that append.
    std::vector<std::map<std::uint64_t, std::size_t>> ends_;
    std::uint64_t acknowledged_ = 0;
};

} // namespace ds
