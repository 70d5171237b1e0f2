// How the engine hands things back: parcels for whoever asked, delivered by the thread that asked.
//
// A courier stands for one thread of a face (an HTTP io thread). deliver() may be called from any
// engine thread and must only pass the parcel on. There is at most one parcel per courier and lane
// batch.
#pragma once

#include "base/result.h"
#include "engine/page.h"
#include "engine/row.h"
#include "engine/stream.h"
#include "model/answer.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace ds {

// The asker's own number for what it asked.
using Ticket = std::uint64_t;

// A stream changed in one commit: it grew, closed, or ended. Shared by all who watch it.
struct Advance {
    std::shared_ptr<Stream> stream;
    std::uint64_t from = 0; // the tail before
    Head head;              // after
    std::vector<RowPtr> rows;
    bool ended = false; // deleted or expired
};

struct Parcel {
    struct Answered {
        Ticket ticket;
        Answer answer;
    };
    struct Fetched {
        Ticket ticket;
        Result<Page> page;
    };
    std::vector<Answered> answers;
    std::vector<Fetched> pages;
    std::vector<std::shared_ptr<Advance const>> advances;
};

class Courier {
public:
    virtual ~Courier() = default;
    virtual void deliver(Parcel parcel) = 0;
    // A small number of its own, below k_couriers_max: its bit among a stream's watchers.
    unsigned number() const { return number_; }

protected:
    explicit Courier(unsigned number) : number_(number) {}

private:
    unsigned number_;
};
inline constexpr unsigned k_couriers_max = 64;

// Who is told of each stream that is created, on its lane's thread: may only take note.
class Newcomers {
public:
    virtual ~Newcomers() = default;
    virtual void on_created(std::shared_ptr<Stream> const& stream) = 0;
};

// The couriers at work, by number. One enrols before it asks for anything, and outlives the lanes.
class CourierTable {
public:
    void enrol(Courier& courier) { slots_[courier.number()].store(&courier); }
    Courier* at(unsigned number) const { return slots_[number].load(); }

private:
    std::array<std::atomic<Courier*>, k_couriers_max> slots_{};
};

// Where an answer goes.
struct ReplyTo {
    Courier* courier = nullptr;
    Ticket ticket = 0;
};

} // namespace ds
