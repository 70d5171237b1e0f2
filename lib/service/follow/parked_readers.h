// The readers of an event loop that wait at the tails of their streams, and the waves that wake
// them. (that thread)
//
// A reader is registered under its stream, and then the tail is looked at once more: a commit in
// between is either seen by that look or delivered afterwards, so no wake is lost.
//
// A commit starts a wave over the parked readers of its stream. It goes on in slices, and between
// two of them the event loop does its other work, such as reading the next append. What that brings
// is in the pages of the slices that follow, so that a reader who is told late is told more at
// once.
#pragma once

#include "engine/courier.h"
#include "engine/engine.h"
#include "engine/stream.h"
#include "service/follow/stream_reader.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ds::follow {

// Readers that are woken before the event loop does its other work: about a millisecond.
inline constexpr std::size_t k_slice_readers = 256;

class ParkedReaders {
public:
    // Lets the event loop do something later, in a turn of its own.
    using Post = std::function<void(std::function<void()>)>;

    // `mailbox`: the number of the mailbox that hands its advances to on_advance(). What is posted
    // is done before the end of this object, or never.
    ParkedReaders(Engine& engine, unsigned mailbox, Post post)
        : engine_(engine),
          mailbox_(mailbox),
          post_(std::move(post)) {}
    ParkedReaders(ParkedReaders const&) = delete;
    ParkedReaders& operator=(ParkedReaders const&) = delete;

    // False when there is more than the reader has seen: then it is not parked, and looks again. It
    // must not be parked already.
    [[nodiscard]] bool park(StreamReader& reader);
    // Nothing happens to one that is not parked.
    void unpark(StreamReader& reader);
    // A stream has changed; readers that are not parked there are not concerned.
    void on_advance(std::shared_ptr<Advance const> const& advance);

    Engine& engine() const { return engine_; }

private:
    // The readers that wait for a stream, and how far the wave over them has come.
    struct Parked {
        std::shared_ptr<Stream> stream;
        std::vector<StreamReader*> readers;     // null: it has left since the gaps were closed
        std::size_t present = 0;                // that are not null
        std::size_t next = 0;                   // to be visited; goes round
        std::size_t left = 0;                   // visits until everybody knows of the last commit
        bool waving = false;                    // places stay as they are
        std::shared_ptr<Advance const> advance; // the last one
    };

    void run_slice(Stream const* stream);
    void tidy(Stream const* stream);
    static void close_gaps(Parked& parked);

    Engine& engine_;
    unsigned const mailbox_;
    Post const post_;
    std::unordered_map<Stream const*, Parked> streams_;
};

} // namespace ds::follow
