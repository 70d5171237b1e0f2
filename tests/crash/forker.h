// Forks of streams that are being written to, at their head and at places known of old; and
// deletes.
#pragma once

#include "crash/shared_stream.h"

#include <cstdint>
#include <list>
#include <optional>
#include <string>

namespace ds {

class Forker {
public:
    Forker(std::string project, std::uint64_t seed, Trouble& trouble)
        : project_(std::move(project)),
          dice_(seed),
          trouble_(trouble) {}

    // Forks and deletes forks until the server is gone, while the sources are written to.
    void run(HttpClient& client, std::deque<SharedStream>& sources);
    // After the sources were verified: each acknowledged fork is there and is the beginning of its
    // source, each deleted one is gone.
    bool verify(HttpClient& client);
    // Deletes the forks of a stream that is about to go.
    bool release(HttpClient& client, SharedStream const& source);
    std::uint64_t made() const { return made_; }

private:
    enum class Asked { nothing, unanswered, acknowledged };
    struct Fork {
        std::string name;
        SharedStream const* source;
        std::optional<std::size_t> place; // messages inherited; empty: forked at the head
        std::size_t at_least = 0;         // messages the source was known to have
        std::string token{};              // tail of the fork, from the answer
        Asked creation = Asked::nothing;
        Asked deletion = Asked::nothing;
    };

    bool create(HttpClient& client, std::deque<SharedStream>& sources);
    bool remove(HttpClient& client, Fork& fork);
    bool verify_fork(HttpClient& client, Fork& fork, bool& gone);
    bool answered(HttpClient& client, std::optional<HttpResponse> const& got, int wanted,
                  std::string const& what);
    bool fail(Fork const& fork, std::string const& what) {
        return trouble_.report("fork " + fork.name + " of " + fork.source->name() + ": " + what);
    }

    std::string project_;
    Dice dice_;
    Trouble& trouble_;
    std::list<Fork> forks_;
    std::uint64_t made_ = 0;
};

} // namespace ds
